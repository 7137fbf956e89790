import { createPublicKey } from 'node:crypto'
import { z } from 'zod'

/** What a setting's text may be. Messages follow its name and never show the text. */

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
)

export const url = z.string().refine((text) => {
  const parsed = URL.parse(text)
  return parsed !== null && /^https?:$/.test(parsed.protocol) && !parsed.username && !parsed.password
}, 'must be an http or https address')

export const baseUrl = url.transform((text) => text.replace(/\/+$/, ''))

export function wholeNumber(least: number, most: number) {
  return z
    .string()
    .refine(
      (text) => /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most,
      `must be a whole number from ${least} to ${most}`,
    )
    .transform(Number)
}

export const port = wholeNumber(0, 65_535)

const loopback = /^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/

/** Whatever follows the host would get into the redirect URI and miss the page's files, which lie at the root. */
const isOrigin = (parsed: URL): boolean => parsed.href === `${parsed.origin}/`

export const publicUrl = z
  .string()
  .refine((text) => {
    const parsed = URL.parse(text)
    if (parsed === null || !isOrigin(parsed)) return false
    return parsed.protocol === 'https:' || (parsed.protocol === 'http:' && loopback.test(parsed.hostname))
  }, 'must be an https address (http only on loopback) without path, query or fragment, such as https://wrapup.example.com')
  .transform((text) => new URL(text).origin)

/** @see https://www.w3.org/TR/CSP3/#grammardef-host-source */
const hostSource = /^https?:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?$/

function toHostSource(text: string): string | undefined {
  const origin = /^https?:\/\/[^/?#]+\/?$/i.test(text) ? URL.parse(text)?.origin : undefined
  return origin !== undefined && hostSource.test(origin) && !text.includes('@') ? origin : undefined
}

/** They stand in a header beside other directives, so nothing but an origin may get there. */
export const frameAncestors = list
  .refine(
    (texts) => texts.every((text) => toHostSource(text) !== undefined),
    'each must be an origin, without path or anything else, such as https://crm.example.com or https://*.example.com, separated by commas',
  )
  .transform((texts) => texts.flatMap((text) => toHostSource(text) ?? []))

const publicKeyBlock = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g
const keyTitles = { ed25519: 'Ed25519', rsa: 'RSA' } as const

function keyFault(text: string, type: keyof typeof keyTitles): string | undefined {
  if (/BEGIN [A-Z ]*PRIVATE KEY-/.test(text)) return 'holds a private key: only the public key belongs here'
  if (text.includes('BEGIN CERTIFICATE-')) return 'holds a certificate: only its public key belongs here'
  const blocks = text.match(publicKeyBlock) ?? []
  const isPem = blocks.length > 0 && text.match(/-----BEGIN /g)?.length === blocks.length
  const wanted = `one or more ${keyTitles[type]} public keys in PEM (-----BEGIN PUBLIC KEY-----)`
  if (!isPem) return `must be ${wanted}`
  try {
    const types = blocks.map((block) => createPublicKey(block).asymmetricKeyType)
    const other = types.find((found) => found !== type)
    return other === undefined ? undefined : `must be ${wanted}, but holds a key of type ${other}`
  } catch {
    return `must be ${wanted}, but holds one that cannot be read`
  }
}

/** A key of another kind would be kept and never match: every webhook would be refused. */
export function publicKeys(type: keyof typeof keyTitles) {
  return z
    .string()
    .transform((text) => text.replaceAll('\\n', '\n').trim())
    .superRefine((text, context) => {
      const fault = keyFault(text, type)
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
    })
}
