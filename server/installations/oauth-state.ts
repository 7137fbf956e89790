import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const lifetimeMs = 10 * 60_000

export type OAuthStateStore = {
  /** Keeps the id of a state that was given out. */
  add(id: string, expiresAt: Date): Promise<void>
  /** Takes it out. @returns false when it is not there (any more) */
  take(id: string, now: Date): Promise<boolean>
}

export type OAuthStateCheck =
  | { result: 'valid'; /** Where the install was started from. */ returnTo: string | undefined }
  | { result: 'foreign' | 'expired' | 'used' }
export type OAuthState = ReturnType<typeof createOAuthState>

/**
 * The `state` of an install that we start: `nonce.expiry.return.signature`, good once and for ten minutes. Only a hash
 * of the nonce is stored.
 * @param secrets newest first: the first signs, all of them verify
 */
export function createOAuthState(parts: {
  secrets: readonly string[]
  store: OAuthStateStore
  now: () => number
}) {
  const { secrets, store, now } = parts
  const [newest = ''] = secrets

  /** @param returnTo an address that was checked: it is followed when the state comes back */
  async function issue(returnTo?: string): Promise<string> {
    const nonce = randomBytes(18).toString('base64url')
    const expiresAt = now() + lifetimeMs
    await store.add(idOf(nonce), new Date(expiresAt))
    const content = [nonce, expiresAt.toString(36), Buffer.from(returnTo ?? '').toString('base64url')].join(
      '.',
    )
    return `${content}.${signature(newest, content)}`
  }

  async function consume(state: string): Promise<OAuthStateCheck> {
    const [nonce = '', expiry = '', returnTo = '', given = '', ...rest] = state.split('.')
    const content = [nonce, expiry, returnTo].join('.')
    if (rest.length > 0 || !secrets.some((secret) => isSame(signature(secret, content), given)))
      return { result: 'foreign' }
    if (Number.parseInt(expiry, 36) <= now()) return { result: 'expired' }
    if (!(await store.take(idOf(nonce), new Date(now())))) return { result: 'used' }
    return { result: 'valid', returnTo: Buffer.from(returnTo, 'base64url').toString('utf8') || undefined }
  }

  return { issue, consume }
}

const idOf = (nonce: string): string => createHash('sha256').update(nonce).digest('base64url')

function signature(secret: string, content: string): string {
  return createHmac('sha256', secret).update(`oauth state ${content}`).digest('base64url')
}

function isSame(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)]
  return left.length === right.length && timingSafeEqual(left, right)
}
