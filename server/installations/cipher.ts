import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

const algorithm = 'aes-256-gcm'
const envelopeVersion = 'v1'
const ivBytes = 12
const tagBytes = 16

export type Cipher = ReturnType<typeof createCipher>

/** A sealed text cannot be opened: other keys, another owner, or it was changed. */
export class CipherError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'CipherError'
  }
}

/** Sealed with a key that is not configured: another process may have it, or it may come back. */
export class KeyMissingError extends CipherError {
  constructor() {
    super('sealed with a key that is not configured')
    this.name = 'KeyMissingError'
  }
}

/**
 * Seals what must not lie readable in the database, with AES-256-GCM, as `v1.keyId.iv.tag.data`. The owner is
 * authenticated with it, so that one owner's text does not open as another's.
 * @param keys 32 bytes each, newest first: the first seals, all of them open
 */
export function createCipher(keys: readonly Buffer[]) {
  const byId = new Map<string, KeyObject>(keys.map((key) => [keyIdOf(key), createSecretKey(key)]))
  const [newest] = byId

  function seal(text: string, owner: string): string {
    if (!newest) throw new CipherError('there is no key')
    const [keyId, key] = newest
    const iv = randomBytes(ivBytes)
    const sealing = createCipheriv(algorithm, key, iv).setAAD(associated(keyId, owner))
    const data = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()])
    return [
      envelopeVersion,
      keyId,
      ...[iv, sealing.getAuthTag(), data].map((part) => part.toString('base64url')),
    ].join('.')
  }

  /** @throws {CipherError} */
  function open(envelope: string, owner: string): string {
    const [version, keyId = '', iv = '', tag = '', data = '', ...rest] = envelope.split('.')
    if (version !== envelopeVersion || rest.length > 0)
      throw new CipherError('not an envelope of this version')
    const key = byId.get(keyId)
    if (!key) throw new KeyMissingError()
    try {
      const opening = createDecipheriv(algorithm, key, Buffer.from(iv, 'base64url'), {
        authTagLength: tagBytes,
      })
      opening.setAAD(associated(keyId, owner)).setAuthTag(Buffer.from(tag, 'base64url'))
      return Buffer.concat([opening.update(Buffer.from(data, 'base64url')), opening.final()]).toString('utf8')
    } catch (error) {
      throw new CipherError('changed, or of another owner', { cause: error })
    }
  }

  /** How everything begins that the newest key seals. */
  const newestPrefix = newest ? `${envelopeVersion}.${newest[0]}.` : ''

  return { seal, open, newestPrefix, hasOlderKeys: byId.size > 1 }
}

const associated = (keyId: string, owner: string): Buffer =>
  Buffer.from(`${envelopeVersion}.${keyId}.${owner}`)

function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('wrapup key id').update(key).digest('base64url').slice(0, 8)
}
