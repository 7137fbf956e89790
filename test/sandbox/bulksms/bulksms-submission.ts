import { z } from 'zod'
import { badRequest } from './bulksms-problem.ts'

/** @throws {BulksmsProblem} 400: what its documents do not name is refused */
export function readBulksms<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw badRequest(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
}

export const phoneText = z.string().regex(/^\+?[1-9]\d{6,14}$/, 'is no international number')

const recipient = z.strictObject({
  type: z.literal('INTERNATIONAL').default('INTERNATIONAL'),
  address: phoneText,
  fields: z.array(z.string()).default([]),
})
const bareRecipient = phoneText.transform((address) => ({ address, fields: [] as string[] }))
const oneRecipient = z.union([bareRecipient, recipient])

/** A text of digits is a number, never a short code; anything else is a name. */
const bareSender = z.union([
  z
    .string()
    .regex(/^\+?\d{7,15}$/)
    .transform((address) => ({ type: 'INTERNATIONAL' as const, address })),
  z
    .string()
    .regex(/^(?!\+)(?=.*\D)/)
    .max(11)
    .transform((address) => ({ type: 'ALPHANUMERIC' as const, address })),
])
const sender = z.union([
  bareSender,
  z.strictObject({ type: z.literal('REPLIABLE') }),
  z.strictObject({ type: z.literal('INTERNATIONAL'), address: z.string().regex(/^\+?\d{7,15}$/) }),
  z.strictObject({ type: z.literal('ALPHANUMERIC'), address: z.string().min(1).max(11) }),
  z.strictObject({ type: z.literal('SHORTCODE'), address: z.string().regex(/^\d{1,6}$/) }),
])

const entrySchema = z.strictObject({
  to: z.union([oneRecipient.transform((one) => [one]), z.array(oneRecipient).min(1)]),
  body: z.string().min(1),
  from: sender.optional(),
  encoding: z.enum(['TEXT', 'UNICODE', 'BINARY']).default('TEXT'),
  longMessageMaxParts: z.int().positive().default(3),
  userSuppliedId: z.string().max(20).optional(),
  deliveryReports: z.enum(['ALL', 'ERRORS', 'NONE']).default('ALL'),
  routingGroup: z.enum(['ECONOMY', 'STANDARD', 'PREMIUM']).default('STANDARD'),
  messageClass: z.string().optional(),
  protocolId: z.string().optional(),
})
export type BulksmsEntry = z.output<typeof entrySchema>

export const submissionBody = z.union([
  z.array(entrySchema).min(1).max(30_000),
  entrySchema.transform((one) => [one]),
])

const int32 = z
  .string()
  .regex(/^-?\d{1,10}$/)
  .transform(Number)
  .refine((value) => value >= -(2 ** 31) && value < 2 ** 31, 'is no int32')
const zonedTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/, 'needs its offset')
  .transform((text) => Date.parse(text))

export const submissionQuery = z.strictObject({
  'deduplication-id': int32.optional(),
  'auto-unicode': z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
  'schedule-date': zonedTime.optional(),
  'schedule-description': z.string().optional(),
})
export type BulksmsSubmission = z.output<typeof submissionQuery>

const gsmBasic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
const gsmExtended = new Set('^{}\\[~]|€\f')

/** The words as they go out, and in how many parts. */
export function encodeText(words: string, encoding: 'TEXT' | 'UNICODE' | 'BINARY', isAutoUnicode: boolean) {
  const isPlain = (character: string) => gsmBasic.has(character) || gsmExtended.has(character)
  const becomesUnicode = encoding === 'UNICODE' || (isAutoUnicode && ![...words].every(isPlain))
  if (becomesUnicode)
    return { encoding: 'UNICODE' as const, body: words, parts: partsOf(words.length, 70, 67) }
  const body = [...words].map((character) => (isPlain(character) ? character : '?')).join('')
  const units = [...body].reduce((sum, character) => sum + (gsmExtended.has(character) ? 2 : 1), 0)
  return { encoding, body, parts: partsOf(units, 160, 153) }
}

const partsOf = (units: number, single: number, joined: number) =>
  units <= single ? 1 : Math.ceil(units / joined)

/** `{F0###}` takes a field, `{fn##}` and `{sn##}` a name of the phone book, which is empty; longer values are cut. */
export function fillPlaceholders(body: string, fields: readonly string[]): string {
  return body.replaceAll(/\{(?:F(\d+)|fn|sn)#*\}/g, (whole, place: string | undefined) =>
    (place === undefined ? '' : (fields[Number(place)] ?? '')).slice(0, whole.length),
  )
}
