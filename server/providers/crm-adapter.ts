import { z } from 'zod'
import { isE164 } from '../../shared/phone-numbers.ts'
import type { ProviderCapability } from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import type { ConversationsApi } from '../highlevel/conversations-api.ts'
import { parseWithTextIds } from './long-ids.ts'
import type {
  DeliveryReport,
  DeliveryState,
  OutboundText,
  ProviderAdapter,
  ProviderEvent,
  ProviderWebhook,
  RefusalReason,
  SendOutcome,
} from './provider-adapter.ts'

/** As far as Wrapup uses it: its API could call off texts for later and send files, too. */
export const crmCapabilities: ReadonlySet<ProviderCapability> = new Set<ProviderCapability>([
  'contacts',
  'tags',
  'notes',
  'deliveryReports',
  'inbound',
  'schedule',
])

type Parts = {
  conversations: Pick<ConversationsApi, 'search' | 'sendSms' | 'findMessage'>
  locationId: string
}

/**
 * The CRM's own numbers as a provider. It texts the contact's own phone, knows no id of ours, and does its own
 * do-not-disturb.
 *
 * The app itself uses its capabilities alone: texts by the CRM are sent where they are recorded, in `messages/`, since
 * another way to send could text twice. The adapter is what holds the CRM to the contract that the battery of tests
 * puts to each provider.
 */
export function createCrmAdapter({ conversations, locationId }: Parts): ProviderAdapter {
  return {
    name: 'crm',
    capabilities: crmCapabilities,
    async checkCredentials() {
      await conversations.search(locationId, { limit: 1 })
      return { name: 'The CRM', credits: null, inboxes: [], senders: [] }
    },
    async send(text) {
      try {
        return await sendBy(conversations, locationId, text)
      } catch (error) {
        return outcomeOf(error)
      }
    },
    async readReports({ providerMessageIds }) {
      const messages = await Promise.all(
        providerMessageIds.map((id) => conversations.findMessage(locationId, id)),
      )
      return messages.flatMap((message) => (message ? [reportOf(message.id, message.status)] : []))
    },
    // They stand in its threads already.
    readReplies: async () => [],
    readWebhook: readCrmWebhook,
    listOptOuts: () => notOffered(),
    optOut: () => notOffered(),
    optIn: () => notOffered(),
    registerWebhooks: () => notOffered(),
    removeWebhooks: async () => [],
  }
}

async function notOffered(): Promise<never> {
  throw new AppError('rejected', 'The CRM does this by itself.')
}

async function sendBy(
  conversations: Parts['conversations'],
  locationId: string,
  { text, contactId, mediaUrls }: OutboundText,
): Promise<SendOutcome> {
  if (mediaUrls.length > 0) {
    return { kind: 'refused', reason: 'rejected', message: 'Wrapup sends words only through the CRM.' }
  }
  const { messageId } = await conversations.sendSms(locationId, { contactId, message: text })
  return { kind: 'accepted', providerMessageId: messageId }
}

const refusals: ReadonlyMap<string, RefusalReason> = new Map([
  ['dnd_active', 'opted_out'],
  ['no_phone', 'bad_number'],
  ['reconnect_required', 'credentials'],
  ['location_suspended', 'credentials'],
  ['rejected', 'rejected'],
  ['not_found', 'rejected'],
  ['forbidden', 'rejected'],
])

/** The platform drops no repeat, so that what may have gone out is never repeated. */
function outcomeOf(error: unknown): SendOutcome {
  if (!(error instanceof AppError)) return { kind: 'unknown', isRepeatable: false }
  const { code, message, retryAfterMs } = error
  const reason = refusals.get(code)
  if (reason) return { kind: 'refused', reason, message }
  if (code === 'rate_limited' || code === 'upstream_unavailable') {
    return { kind: 'not_sent', retryAfterMs: retryAfterMs ?? null, message }
  }
  return { kind: 'unknown', isRepeatable: false }
}

const states: ReadonlyMap<string, DeliveryState> = new Map([
  ['pending', 'accepted'],
  ['queued', 'accepted'],
  ['scheduled', 'accepted'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'delivered'],
  ['failed', 'failed'],
  ['undelivered', 'failed'],
  ['opt_out', 'failed'],
])

function reportOf(providerMessageId: string, status: string | null | undefined): DeliveryReport {
  const raw = (status ?? '').slice(0, 200)
  const state = states.get(raw) ?? 'unknown'
  return {
    providerMessageId,
    dedupeText: null,
    state,
    raw,
    // Why it failed, the platform's API tells nobody.
    reason: state === 'failed' ? 'The CRM could not deliver the text.' : null,
    isOptOut: raw === 'opt_out',
    at: null,
  }
}

const text = z.string().nullish().catch(null)

const eventSchema = z.object({
  type: z.string(),
  messageId: text,
  messageType: text,
  status: text,
  body: text,
  from: text,
  to: text,
  dateAdded: text,
  attachments: z.array(z.string()).catch([]),
})

function readCrmWebhook({ body }: ProviderWebhook): ProviderEvent[] | undefined {
  const parsed = eventSchema.safeParse(parseWithTextIds(body.toString('utf8')))
  if (!parsed.success) return undefined
  const event = parsed.data
  const other: ProviderEvent = { kind: 'other', type: event.type.slice(0, 100) }
  if (!event.messageId || event.messageType !== 'SMS') return [other]
  if (event.type === 'OutboundMessage')
    return [{ kind: 'status', ...reportOf(event.messageId, event.status) }]
  if (event.type !== 'InboundMessage' || !isPhone(event.from)) return [other]
  const at = new Date(event.dateAdded ?? '')
  return [
    {
      kind: 'inbound',
      providerMessageId: event.messageId,
      from: event.from,
      to: isPhone(event.to) ? event.to : null,
      text: event.body ?? '',
      mediaUrls: event.attachments,
      answersMessageId: null,
      at: Number.isNaN(at.getTime()) ? null : at,
    },
  ]
}

const isPhone = (phone: string | null | undefined): phone is string => isE164(phone ?? '')
