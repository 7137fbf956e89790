import type { SeededRandom } from '../seeded-random.ts'
import type { SandboxContact, SandboxConversation, SandboxMessage, SandboxPhoneNumber } from '../state.ts'
import { seedIds } from './seed-ids.ts'
import { inboundTexts, outboundTexts } from './seed-texts.ts'

type ThreadParts = { random: SeededRandom; nowMs: number; phoneNumbers: SandboxPhoneNumber[] }

const minuteMs = 60_000
const longThread = 64

function lengthOf(contact: SandboxContact, index: number, { random }: ThreadParts): number {
  const { jonas, maya, fresh, dndSms, assigned, failing } = seedIds.contact
  if (contact.id === jonas) return longThread
  if (contact.id === fresh || !contact.phone) return 0
  if ([maya, dndSms, assigned, failing].some((id) => id === contact.id)) return 6
  if (index % 50 === 21) return random.between(70, 140)
  return random.chance(0.4) ? random.between(1, 14) : 0
}

function messagesOf(
  contact: SandboxContact,
  length: number,
  conversationId: string,
  parts: ThreadParts,
): SandboxMessage[] {
  const { random, nowMs, phoneNumbers } = parts
  const number = phoneNumbers.find(
    ({ locationId, isDefault }) => locationId === contact.locationId && isDefault,
  )
  let atMs = nowMs - random.between(5, 20 * 24 * 60) * minuteMs
  const newestFirst = Array.from({ length }, (_, index): SandboxMessage => {
    const inbound = random.chance(0.45)
    const at = new Date(atMs).toISOString()
    atMs -= random.between(2, index % 6 === 5 ? 4_000 : 90) * minuteMs
    const failed = !inbound && contact.id === seedIds.contact.failing
    return {
      id: random.id(),
      conversationId,
      contactId: contact.id,
      locationId: contact.locationId,
      messageType: 'TYPE_SMS',
      type: 2,
      direction: inbound ? 'inbound' : 'outbound',
      status: failed ? 'failed' : inbound ? 'read' : 'delivered',
      body: random.pick(inbound ? inboundTexts : outboundTexts),
      attachments: [],
      source: 'app',
      userId: inbound ? null : seedIds.user.admin,
      from: inbound ? contact.phone : (number?.phoneNumber ?? null),
      to: inbound ? (number?.phoneNumber ?? null) : contact.phone,
      dateAdded: at,
      scheduledTimestamp: null,
      conversationProviderId: null,
      handedOverAtMs: null,
      providerError: null,
    }
  })
  return newestFirst.toReversed()
}

/** One conversation per contact; oldest message first. */
export function seedThreads(
  contacts: readonly SandboxContact[],
  parts: ThreadParts,
): { conversations: SandboxConversation[]; messages: SandboxMessage[] } {
  const conversations: SandboxConversation[] = []
  const messages: SandboxMessage[] = []
  for (const [index, contact] of contacts.entries()) {
    const length = lengthOf(contact, index, parts)
    if (length === 0) continue
    const id = parts.random.id()
    const thread = messagesOf(contact, length, id, parts)
    const last = thread.at(-1)
    if (!last) continue
    messages.push(...thread)
    conversations.push({
      id,
      locationId: contact.locationId,
      contactId: contact.id,
      unreadCount: last.direction === 'inbound' && parts.random.chance(0.5) ? 1 : 0,
      lastMessageDate: last.dateAdded,
    })
  }
  return { conversations, messages }
}
