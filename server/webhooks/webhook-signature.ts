import { createPublicKey, type KeyObject, verify } from 'node:crypto'

export type SignatureHeaders = {
  /** `X-GHL-Signature`: base64 Ed25519 over the body's bytes; "N/A" means unsigned. */
  ed25519: string | undefined
  /** `X-WH-Signature`: base64 RSA-SHA256, retired by the platform. */
  rsa: string | undefined
}

export type SignatureCheck = (body: Buffer, headers: SignatureHeaders) => Promise<boolean>

/**
 * Checks the signature over the very bytes that came: re-serialised JSON differs for most validly signed bodies.
 * @param keys PEM; each text may hold several keys (rotation); without an RSA key its header is not looked at
 * @see https://marketplace.gohighlevel.com/docs/webhook/WebhookIntegrationGuide
 */
export function createSignatureCheck(keys: { ed25519: string; rsa: string | undefined }): SignatureCheck {
  const ed25519Keys = keysIn(keys.ed25519)
  const rsaKeys = keysIn(keys.rsa ?? '')

  return async (body, headers) =>
    (await isSignedBy(ed25519Keys, null, body, headers.ed25519)) ||
    isSignedBy(rsaKeys, 'sha256', body, headers.rsa)
}

/** Whether there is anything to check, which can be told before the body is read. */
export const mayBeSigned = ({ ed25519, rsa }: SignatureHeaders): boolean =>
  decode(ed25519) !== undefined || decode(rsa) !== undefined

function keysIn(pem: string): KeyObject[] {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []
  return blocks.map((block) => createPublicKey(block))
}

async function isSignedBy(
  keys: readonly KeyObject[],
  digest: string | null,
  body: Buffer,
  header: string | undefined,
): Promise<boolean> {
  const signature = decode(header)
  if (!signature) return false
  for (const key of keys) if (await isSigned(digest, body, key, signature)) return true
  return false
}

function decode(header: string | undefined): Buffer | undefined {
  const text = header?.trim()
  if (!text || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  return Buffer.from(text, 'base64')
}

/** On the thread pool: a burst of webhooks does not hold up everything else. */
function isSigned(digest: string | null, body: Buffer, key: KeyObject, signature: Buffer): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  verify(digest, body, key, signature, (error, valid) => resolve(!error && valid))
  return promise
}
