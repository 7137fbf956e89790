import { createDecipheriv, createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../errors.ts'

const maxLength = 8 * 1024
const saltedMark = Buffer.from('Salted__')
const saltBytes = 8
const blockBytes = 16
const keyBytes = 32
const base64 = /^[A-Za-z0-9+/]+={0,2}$/

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

/** Role and name in it are not read: the platform is asked for them. */
const contextSchema = z.object({
  userId: id,
  companyId: id,
  /** Absent or empty outside a location. */
  activeLocation: z.union([id, z.literal('')]).nullish(),
  type: z.enum(['agency', 'location', 'account']).nullish(),
})

export type UserContext = { userId: string; companyId: string; activeLocation: string | null }

/**
 * Opens the CRM's user context: base64 of OpenSSL's salted format, AES-256-CBC with key and IV derived by one round of
 * MD5. It carries no MAC, so that every way to fail gives the same answer.
 * @param keys the shared secrets that may have sealed it, newest first
 * @see https://marketplace.gohighlevel.com/docs/other/user-context-marketplace-apps
 * @throws {AppError} `unauthenticated`
 */
export function openUserContext(encryptedData: string, keys: readonly string[]): UserContext {
  const sealed = decode(encryptedData)
  for (const key of sealed ? keys : []) {
    const context = sealed && parse(decrypt(sealed, key))
    if (context) return context
  }
  throw new AppError('unauthenticated', 'The CRM did not say who you are. Reload the page in your CRM.')
}

type Sealed = { salt: Buffer; data: Buffer }

function decode(text: string): Sealed | undefined {
  if (text.length > maxLength || text.length % 4 !== 0 || !base64.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  const dataStart = saltedMark.length + saltBytes
  const data = bytes.subarray(dataStart)
  const isSalted = bytes.subarray(0, saltedMark.length).equals(saltedMark)
  if (!isSalted || data.length === 0 || data.length % blockBytes !== 0) return undefined
  return { salt: bytes.subarray(saltedMark.length, dataStart), data }
}

/** OpenSSL's EVP_BytesToKey with MD5 and one round. */
function deriveKeyAndIv(passphrase: string, salt: Buffer): { key: Buffer; iv: Buffer } {
  const secret = Buffer.from(passphrase, 'utf8')
  let block = Buffer.alloc(0)
  let derived = Buffer.alloc(0)
  while (derived.length < keyBytes + blockBytes) {
    block = createHash('md5').update(block).update(secret).update(salt).digest()
    derived = Buffer.concat([derived, block])
  }
  return { key: derived.subarray(0, keyBytes), iv: derived.subarray(keyBytes, keyBytes + blockBytes) }
}

function decrypt({ salt, data }: Sealed, passphrase: string): string | undefined {
  const { key, iv } = deriveKeyAndIv(passphrase, salt)
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, iv)
    return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

function parse(json: string | undefined): UserContext | undefined {
  if (json === undefined) return undefined
  try {
    const { userId, companyId, activeLocation } = contextSchema.parse(JSON.parse(json))
    return { userId, companyId, activeLocation: activeLocation || null }
  } catch {
    return undefined
  }
}
