import * as z from 'zod/mini'
import { optionalText, platformId, requiredText } from './field-rules.ts'
import { isE164 } from './phone-numbers.ts'

/** Who carries texts: the CRM's own numbers, or another system that is connected to the location. */
export const providerNames = ['crm', 'heymarket', 'bulksms'] as const
export type ProviderName = (typeof providerNames)[number]

/** Systems that are connected with credentials of their own. */
export const carrierNames = ['heymarket', 'bulksms'] as const
export type CarrierName = (typeof carrierNames)[number]

/** What a provider's API can do. What is not listed for one, the page does not offer with it. */
export const providerCapabilities = [
  'contacts',
  'tags',
  'notes',
  'deliveryReports',
  'inbound',
  'schedule',
  'cancelSchedule',
  'media',
  'credits',
  'optOutRead',
  'optOutWrite',
  /** An opt-out that was written can be taken back. */
  'optOutUndo',
  /** Its webhooks are set up by its API. */
  'webhookApi',
] as const
export type ProviderCapability = (typeof providerCapabilities)[number]

const credentialText = requiredText(300)

export const heymarketCredentialsSchema = z.object({ secretId: credentialText, secretKey: credentialText })
export type HeymarketCredentials = z.infer<typeof heymarketCredentialsSchema>

export const bulksmsCredentialsSchema = z.object({ tokenId: credentialText, tokenSecret: credentialText })
export type BulksmsCredentials = z.infer<typeof bulksmsCredentialsSchema>

/** What every connection can be set to. */
const commonSettings = {
  /** The conversation provider's id in the CRM; null: the texts of the location's default provider. */
  conversationProviderId: z.nullable(platformId),
  /** Whether somebody who texts and is not in the CRM yet becomes a contact. */
  createsContacts: z.boolean(),
}

export const heymarketSettingsSchema = z.object({
  ...commonSettings,
  inboxId: z.int().check(z.positive()),
  /** The member who is shown as the sender; of that inbox. */
  creatorId: z.int().check(z.positive()),
  /**
   * The verification token of the webhook that was set up by hand. A secret: answers always hold null, and null in a
   * request leaves the one that is kept.
   */
  webhookToken: z.nullable(requiredText(300)),
})
export type HeymarketSettings = z.infer<typeof heymarketSettingsSchema>

export const bulksmsSettingsSchema = z.object({
  ...commonSettings,
  /** A sender id of the account; null: a number that can be replied to. */
  sender: z.nullable(requiredText(15)),
  /** Where BulkSMS writes to when our webhook fails; empty: nowhere. */
  alertEmail: optionalText(200),
})
export type BulksmsSettings = z.infer<typeof bulksmsSettingsSchema>

/** `POST /api/providers/check` looks at credentials without keeping them. */
export const checkProviderSchema = z.discriminatedUnion('carrier', [
  z.object({ carrier: z.literal('heymarket'), credentials: heymarketCredentialsSchema }),
  z.object({ carrier: z.literal('bulksms'), credentials: bulksmsCredentialsSchema }),
])
export type CheckProvider = z.infer<typeof checkProviderSchema>

/** `PUT /api/providers/:carrier`; without credentials those that are kept go on. */
export const connectProviderSchema = z.discriminatedUnion('carrier', [
  z.object({
    carrier: z.literal('heymarket'),
    credentials: z.optional(heymarketCredentialsSchema),
    settings: heymarketSettingsSchema,
  }),
  z.object({
    carrier: z.literal('bulksms'),
    credentials: z.optional(bulksmsCredentialsSchema),
    settings: bulksmsSettingsSchema,
  }),
])
export type ConnectProvider = z.infer<typeof connectProviderSchema>

const choiceSchema = z.object({ id: z.number(), name: z.string() })

/** What credentials open. */
export const providerAccountSchema = z.object({
  /** What a person knows the account by. */
  name: z.string(),
  /** Null where the system does not tell. */
  credits: z.nullable(z.number()),
  inboxes: z.array(
    z.object({ ...choiceSchema.shape, phone: z.nullable(z.string()), members: z.array(choiceSchema) }),
  ),
  senders: z.array(z.string()),
})
export type ProviderAccount = z.infer<typeof providerAccountSchema>

/** Of `POST /api/providers/check`, and of `GET /api/providers/:carrier/account` with the credentials that are kept. */
export const providerAccountAnswerSchema = z.object({ account: providerAccountSchema })
export type ProviderAccountAnswer = z.infer<typeof providerAccountAnswerSchema>

/** What a person has to paste into the other system, where its API cannot be told. */
export const webhookSetupSchema = z.object({
  url: z.string(),
  /** Whether its verification token is kept; without one, calls are refused. */
  hasToken: z.boolean(),
  /** Whether the other system has called it yet. */
  hasBeenCalled: z.boolean(),
})

export const providerConnectionSchema = z.object({
  carrier: z.enum(carrierNames),
  /** `broken`: the system refuses the credentials, or has no credits; nothing is sent until that is mended. */
  status: z.enum(['active', 'broken']),
  settings: z.union([heymarketSettingsSchema, bulksmsSettingsSchema]),
  /** Shows which credentials are kept without telling them: their public part, shortened. */
  credentialHint: z.string(),
  credits: z.nullable(z.number()),
  /** ISO 8601. */
  connectedAt: z.string(),
  lastError: z.nullable(z.object({ at: z.string(), message: z.string(), whatToDo: z.string() })),
  /** Null where webhooks are set up by API. */
  webhookSetup: z.nullable(webhookSetupSchema),
  /** Of the last 24 hours. */
  recent: z.object({ sent: z.number(), delivered: z.number(), failed: z.number(), received: z.number() }),
})
export type ProviderConnection = z.infer<typeof providerConnectionSchema>

export const providerConnectionAnswerSchema = z.object({ connection: providerConnectionSchema })
export type ProviderConnectionAnswer = z.infer<typeof providerConnectionAnswerSchema>

/** `GET /api/providers`, for everybody of the location; connections for admins alone. */
export const providersAnswerSchema = z.object({
  providers: z.array(
    z.object({
      provider: z.enum(providerNames),
      capabilities: z.array(z.enum(providerCapabilities)),
      isConnected: z.boolean(),
      /** It takes no texts until an admin mends the connection; told to everybody. */
      isBroken: z.boolean(),
      connection: z.nullable(providerConnectionSchema),
    }),
  ),
  /** Who carries the texts that are sent here. */
  chosen: z.enum(providerNames),
})
export type ProvidersAnswer = z.infer<typeof providersAnswerSchema>

/** `PUT /api/providers/chosen` */
export const chooseProviderSchema = z.object({ provider: z.enum(providerNames) })
export type ChooseProvider = z.infer<typeof chooseProviderSchema>

/** `POST /api/providers/:carrier/test-message`, with an `Idempotency-Key`: a text to the admin's own phone. */
export const testMessageSchema = z.object({
  to: z.string().check(z.refine(isE164, 'must be E.164')),
})
export type TestMessage = z.infer<typeof testMessageSchema>

export const testMessageAnswerSchema = z.object({
  outcome: z.enum(['accepted', 'refused', 'unknown']),
  message: z.string(),
})
export type TestMessageAnswer = z.infer<typeof testMessageAnswerSchema>

/** `DELETE /api/providers/:carrier`: what of it could not be taken down over there, in words. */
export const disconnectAnswerSchema = z.object({ leftovers: z.array(z.string()) })
export type DisconnectAnswer = z.infer<typeof disconnectAnswerSchema>
