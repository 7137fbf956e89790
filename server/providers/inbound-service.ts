import { z } from 'zod'
import type { CarrierName } from '../../shared/provider-contract.ts'
import { isProvablyUndone } from '../errors.ts'
import type { PlatformContact } from '../highlevel/contact-answers.ts'
import type { ConversationsApi, PlatformMessage } from '../highlevel/conversations-api.ts'
import type { CarrierContacts } from './carrier-contacts.ts'
import { carrierTitles } from './connection-words.ts'
import type { InboundRepository, StoredInbound } from './inbound-repository.ts'
import type { OptOutService } from './opt-out-service.ts'
import { wishIn } from './opt-out-words.ts'
import type { InboundText } from './provider-adapter.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'

const threadPage = 50
/** By how much the platform's time of a text may differ from the one that it was given, or from ours. */
const sameTimeMs = 10 * 60_000

const storedTextSchema = z.object({
  from: z.string(),
  text: z.string(),
  mediaUrls: z.array(z.string()),
  /** ISO 8601. */
  at: z.string().nullable(),
})
type StoredText = z.infer<typeof storedTextSchema>

/** Puts what came in through another system into the CRM's thread, once. */
export function createInboundService(parts: {
  inbound: InboundRepository
  contacts: Pick<CarrierContacts, 'find' | 'create'>
  conversations: Pick<ConversationsApi, 'search' | 'listMessages' | 'addInbound'>
  connections: Pick<ProviderConnectionRepository, 'find' | 'noteFailure' | 'forgetFailure'>
  optOuts: Pick<OptOutService, 'saidStop' | 'saidStart'>
  /** One account may be connected to several locations, and tells each of all replies. */
  isOfAnotherLocation: (
    locationId: string,
    carrier: CarrierName,
    providerMessageId: string,
  ) => Promise<boolean>
  readSender: (locationId: string, phone: string) => Promise<string | undefined>
  queueDelivery: (
    locationId: string,
    id: number,
    transaction: Parameters<Parameters<InboundRepository['add']>[1]>[1],
  ) => Promise<void>
  /** Another text of the same sender is being worked on. */
  queueLater: (locationId: string, id: number) => Promise<void>
  /** May be called again for the same text. */
  replied: (locationId: string, contactId: string, messageId: string) => Promise<void>
  isSameText: (one: string, other: string) => boolean
}) {
  const { inbound, contacts, conversations, connections, optOuts } = parts

  async function take(locationId: string, carrier: CarrierName, received: InboundText): Promise<void> {
    const { providerMessageId, from, text, mediaUrls, answersMessageId, at } = received
    const isAnswer = answersMessageId !== null
    if (isAnswer && (await parts.isOfAnotherLocation(locationId, carrier, answersMessageId))) return
    const event: StoredText = { from, text, mediaUrls: [...mediaUrls], at: at?.toISOString() ?? null }
    await inbound.add({ locationId, carrier, providerMessageId, event }, (id, transaction) =>
      parts.queueDelivery(locationId, id, transaction),
    )
  }

  /** A text is tried again and again: what its writer said later stands. */
  async function heed({ locationId, carrier, receivedAt }: StoredInbound, phone: string, text: StoredText) {
    const at = text.at === null ? receivedAt : new Date(text.at)
    const wish = wishIn(text.text)
    if (wish === 'stop') await optOuts.saidStop(locationId, phone, carrier, at)
    if (wish === 'start') await optOuts.saidStart(locationId, phone, carrier, at)
  }

  async function writerOf(connection: StoredConnection, phone: string): Promise<PlatformContact | undefined> {
    const { locationId, carrier, settings } = connection
    const known = await contacts.find(locationId, phone)
    if (known || !settings.createsContacts) return known
    return contacts.create(locationId, phone, carrierTitles[carrier])
  }

  /** A text whose call was begun before may be there: the same words, at the same time, and nobody else's. */
  async function findInThread(
    row: StoredInbound,
    contactId: string,
    text: StoredText,
  ): Promise<string | undefined> {
    const { locationId } = row
    const found = await conversations.search(locationId, { contactId, limit: 1 })
    const conversation = found.conversations.find((one) => one.contactId === contactId)
    if (!conversation) return undefined
    const { messages } = await conversations.listMessages(locationId, conversation.id, { limit: threadPage })
    const times = [row.startedAt?.getTime(), text.at === null ? undefined : Date.parse(text.at)]
    const fitting = messages.filter(
      (message) => parts.isSameText(message.body ?? '', wordsOf(text)) && isAt(message, times),
    )
    const claimed = await inbound.claimed(
      locationId,
      fitting.map(({ id }) => id),
    )
    return fitting.find(({ id }) => !claimed.has(id))?.id
  }

  async function put(row: StoredInbound, connection: StoredConnection, contactId: string, text: StoredText) {
    const { locationId, providerMessageId, id } = row
    await inbound.markStarted(id, contactId)
    const { conversationProviderId } = connection.settings
    try {
      const messageId = await conversations.addInbound(locationId, {
        contactId,
        ...(conversationProviderId === null ? {} : { conversationProviderId }),
        message: wordsOf(text),
        ...(text.mediaUrls.length > 0 ? { attachments: text.mediaUrls } : {}),
        date: text.at ?? row.receivedAt.toISOString(),
        altId: providerMessageId,
      })
      if (messageId === null) await inbound.markUndone(id)
      return messageId
    } catch (error) {
      if (isProvablyUndone(error)) await inbound.markUndone(id)
      throw error
    }
  }

  /** The job of one text; repeated until the text is in the thread. */
  async function deliver(locationId: string, id: number): Promise<void> {
    const row = await inbound.claim(locationId, id)
    if (row === 'done') return
    if (row === 'busy') return parts.queueLater(locationId, id)
    try {
      await deliverClaimed(row)
    } finally {
      await inbound.release(id)
    }
  }

  async function deliverClaimed(row: StoredInbound): Promise<void> {
    const { locationId, id } = row
    const text = storedTextSchema.parse(row.event)
    const connection = await connections.find(locationId, row.carrier)
    const phone = await parts.readSender(locationId, text.from)
    if (!connection || phone === undefined) return
    // Before anything that may fail: nobody is texted after a STOP. And after, for who has just become a contact.
    await heed(row, phone, text)
    const contact = await writerOf(connection, phone)
    await heed(row, phone, text)
    // It is tried again: whoever wrote it may become a contact.
    if (!contact) return connections.noteFailure(connection.id, unknownWriter(row.carrier, phone))
    const seen = row.startedAt === null ? undefined : await findInThread(row, contact.id, text)
    const messageId = seen ?? (await put(row, connection, contact.id, text))
    if (messageId === null) return connections.noteFailure(connection.id, noThread(row.carrier))
    await parts.replied(locationId, contact.id, messageId)
    await inbound.markDone(id, messageId)
    const { lastErrorMessage } = connection
    const mended = [unknownWriter(row.carrier, phone).message, noThread(row.carrier).message]
    if (lastErrorMessage !== null && mended.includes(lastErrorMessage)) {
      await connections.forgetFailure(connection.id, lastErrorMessage)
    }
  }

  return { take, deliver }
}

/** The CRM takes no message of nothing. */
function wordsOf({ text, mediaUrls }: StoredText): string {
  return text.trim() === '' && mediaUrls.length === 0
    ? '(A message without words came in. What it holds can be seen in the other system.)'
    : text
}

function isAt({ direction, dateAdded }: PlatformMessage, times: readonly (number | undefined)[]): boolean {
  const at = Date.parse(dateAdded ?? '')
  return (
    direction === 'inbound' && times.some((time) => time !== undefined && Math.abs(at - time) <= sameTimeMs)
  )
}

function unknownWriter(carrier: CarrierName, phone: string) {
  return {
    message: `A text came through ${carrierTitles[carrier]} from a number ending in ${phone.slice(-2)} that no contact has.`,
    advice:
      'Add the contact in the CRM, or let unknown numbers become contacts in Settings. The text is kept for 7 days.',
  }
}

function noThread(carrier: CarrierName) {
  return {
    message: `The CRM did not take a reply that came through ${carrierTitles[carrier]}.`,
    advice:
      'Choose Wrapup as the SMS provider in the CRM, or enter its conversation provider id in Settings. The reply is kept for 7 days.',
  }
}
