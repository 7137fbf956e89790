import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import type { SandboxState } from './state.ts'

export type UserContextChoice = {
  userId: string
  /** Null or undefined: opened at agency level, without `activeLocation`. */
  locationId?: string | null
  /** Fields to change, to add, or (undefined) to leave out. */
  overrides?: Record<string, unknown>
  /** Default: the app's shared secret. */
  ssoKey?: string
}

/** OpenSSL's EVP_BytesToKey with MD5, one round: 32 bytes of key and 16 of IV. */
function keyAndIv(passphrase: string, salt: Buffer): { key: Buffer; iv: Buffer } {
  const secret = Buffer.from(passphrase, 'utf8')
  const blocks: Buffer[] = []
  for (let previous = Buffer.alloc(0); blocks.length < 3;) {
    previous = createHash('md5')
      .update(Buffer.concat([previous, secret, salt]))
      .digest()
    blocks.push(previous)
  }
  const bytes = Buffer.concat(blocks)
  return { key: bytes.subarray(0, 32), iv: bytes.subarray(32, 48) }
}

/** What the CRM hands to an embedded page: CryptoJS' salted AES-256-CBC, base64. */
export function encryptUserContext(text: string, passphrase: string, salt = randomBytes(8)): string {
  const { key, iv } = keyAndIv(passphrase, salt)
  const cipher = createCipheriv('aes-256-cbc', key, iv)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.from('Salted__'), salt, sealed]).toString('base64')
}

/** @see https://marketplace.gohighlevel.com/docs/other/user-context-marketplace-apps */
export function userContextFields(state: SandboxState, { userId, locationId, overrides }: UserContextChoice) {
  const user = state.users.find(({ id }) => id === userId)
  const { type, role } = user?.roles ?? { type: 'account', role: 'user' }
  return {
    userId,
    companyId: user?.companyId ?? state.companies[0]?.id,
    role,
    type: type === 'agency' ? 'agency' : 'location',
    ...(locationId ? { activeLocation: locationId } : {}),
    userName: user ? `${user.firstName} ${user.lastName}` : 'Unknown User',
    email: user?.email ?? 'unknown@example.com',
    isAgencyOwner: type === 'agency' && role === 'admin',
    versionId: state.app.versionId,
    appStatus: 'live',
    ...overrides,
  }
}
