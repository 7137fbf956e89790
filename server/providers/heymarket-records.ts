import { z } from 'zod'
import { isE164 } from '../../shared/phone-numbers.ts'

/** Of every list that is read here. */
export const heymarketPageSize = 30

/** What writes of contacts and tags answer, in short. */
export const writtenSchema = z.object({ id: z.int() })

/** Heymarket's ids are whole numbers; what is too long for JavaScript comes as text. */
const messageId = z.union([z.int(), z.string().min(1)]).transform(String)

const idOrNothing = z
  .union([z.number(), z.string()])
  .nullish()
  .catch(null)
  .transform((id) => Number(id ?? 0) || 0)

const textOrNothing = z
  .string()
  .nullish()
  .catch(null)
  .transform((text) => text ?? '')

/** Of messages only what is read; anything may be missing but the id. */
export const heymarketMessageSchema = z.object({
  id: messageId,
  text: textOrNothing,
  /** The vendor lists its values nowhere. */
  status: z
    .union([z.string(), z.number()])
    .nullish()
    .catch(null)
    .transform((word) => String(word ?? '')),
  date: textOrNothing,
  updated: textOrNothing,
  /** Both are the other side's number, digits without `+`, whichever way the message went. */
  target: textOrNothing,
  phone: textOrNothing,
  media: z
    .union([z.string(), z.array(z.string())])
    .nullish()
    .catch(null),
  local_id: textOrNothing,
  /** The member who sent it; 0 where none did. */
  user: idOrNothing,
  /** 0 where it is of none. */
  broadcast_id: idOrNothing,
  conversation: z
    .object({
      id: z.int(),
      inbox: z.int().nullish().catch(null),
      target: textOrNothing,
      last_inbound: textOrNothing,
    })
    .nullish()
    .catch(null),
})
export type HeymarketMessage = z.output<typeof heymarketMessageSchema>

/** @returns E.164, or null for what is no phone number (conversations may be e-mail) */
export function phoneFromHeymarket(digits: string): string | null {
  const phone = `+${digits.replace(/^\+/, '')}`
  return isE164(phone) ? phone : null
}

/** Digits without `+`, as every public body has them. */
export const phoneToHeymarket = (phone: string): string => phone.replace(/^\+/, '')

export function timeFromHeymarket(text: string): Date | null {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? null : at
}
