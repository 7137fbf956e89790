import { z } from 'zod'
import { filledText, isoInstant } from '../body-rules.ts'

const e164 = z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be a valid phone number')

/** Of the platform's fields those of a text; the rest is refused as unknown here. */
export const sendBody = z.strictObject({
  type: z.enum(['SMS', 'RCS', 'Email', 'WhatsApp', 'IG', 'FB', 'Custom', 'Live_Chat', 'TIKTOK']),
  contactId: filledText,
  message: z.string().optional(),
  attachments: z.array(z.url('must be a URL address')).optional(),
  fromNumber: e164.optional(),
  toNumber: e164.optional(),
  scheduledTimestamp: z.number().int('must be an integer').optional(),
  conversationProviderId: filledText.optional(),
  templateId: z.string().optional(),
  replyMessageId: z.string().optional(),
  appointmentId: z.string().optional(),
  status: z.enum(['delivered', 'failed', 'pending', 'read']).optional(),
  subType: z.unknown().optional(),
})

export const inboundBody = z.strictObject({
  type: z.enum(['SMS', 'Email', 'WhatsApp', 'Custom', 'WebChat', 'Live_Chat', 'Call']),
  message: z.string().optional(),
  attachments: z.array(z.string()).optional(),
  contactId: filledText.optional(),
  conversationId: filledText.optional(),
  conversationProviderId: filledText.optional(),
  altId: z.string().optional(),
  direction: z.enum(['inbound', 'outbound']).optional(),
  date: isoInstant.optional(),
})
export type InboundBody = z.infer<typeof inboundBody>

export const statusBody = z.strictObject({
  status: z.enum(['delivered', 'failed', 'pending', 'read']),
  error: z.strictObject({ code: z.string(), type: z.string(), message: z.string() }).optional(),
  emailMessageId: z.string().optional(),
  recipients: z.array(z.string()).optional(),
})
