import { AppError } from '../errors.ts'
import type { WebhookEvent } from '../webhooks/webhook-repository.ts'
import type { LocationNews, News, ObjectNews } from './location-news.ts'
import { messageSchema, messageStatusOf, objectSchema, pastTime } from './platform-payloads.ts'

/** The platform's own lists may show a new task a little later. */
const soughtForMs = 30_000

type Told = Pick<ObjectNews, 'type' | 'kind'>
/** Something happened, but the event does not say what, or to whom. */
type Unclear = 'unclear'

/** The contact itself is the object of these. */
const ofContacts: Record<string, Told> = {
  ContactCreate: { type: 'contact', kind: 'contact' },
  ContactUpdate: { type: 'contact', kind: 'contact' },
  ContactDelete: { type: 'contact', kind: 'contact' },
  ContactDndUpdate: { type: 'contact', kind: 'dnd' },
  ContactTagUpdate: { type: 'tags', kind: 'tags' },
}

/** Something that belongs to a contact is the object of these. */
const ofObjects: Record<string, Told> = {
  NoteCreate: { type: 'note', kind: 'note' },
  NoteUpdate: { type: 'note', kind: 'note' },
  NoteDelete: { type: 'note', kind: 'note' },
  TaskComplete: { type: 'task', kind: 'task' },
  TaskDelete: { type: 'task', kind: 'task' },
}

export const newsTypes: readonly string[] = [
  ...Object.keys(ofContacts),
  ...Object.keys(ofObjects),
  'TaskCreate',
  'InboundMessage',
  'OutboundMessage',
]

/** The key under which a new task is told, whoever tells it. */
export const newTaskKey = (taskId: string): string => `task:${taskId}:created`

/** When an event happened; one without a time of its own, or with one still to come, happened when it came. */
export function happenedAt({ eventAt, receivedAt }: Pick<WebhookEvent, 'eventAt' | 'receivedAt'>): Date {
  return eventAt !== null && eventAt < receivedAt ? eventAt : receivedAt
}

/** Turns the platform's webhooks into what the open pages are told. */
export function createWebhookNews(parts: {
  news: LocationNews
  /**
   * Whose task it is: the platform leaves that out of a new one. Null where it cannot be found; rejects where it may
   * be another time.
   */
  findTaskContact: (locationId: string, task: { id: string; title: string }) => Promise<string | null>
  /** Has the location compared with the platform, which brings to light what an event left out. */
  compareSoon: (locationId: string) => Promise<void>
  now: () => number
}) {
  const { news, findTaskContact, compareSoon, now } = parts

  function readContact(event: WebhookEvent, told: Told): News | undefined {
    const { id } = objectSchema.parse(event.payload)
    if (!id) return undefined
    const key = `webhook:${event.id}`
    return { of: 'object', ...told, objectId: id, contactId: id, at: happenedAt(event), key }
  }

  /** @see https://github.com/GoHighLevel/highlevel-api-docs/issues/332 */
  async function readNewTask(event: WebhookEvent, locationId: string): Promise<News | Unclear | undefined> {
    const { id, contactId, title } = objectSchema.parse(event.payload)
    if (!id) return undefined
    const found = contactId ?? (await findTaskContact(locationId, { id, title: title ?? '' }))
    const object = { of: 'object', type: 'task', kind: 'task', objectId: id, key: newTaskKey(id) } as const
    if (found !== null) return { ...object, contactId: found, at: happenedAt(event) }
    if (now() - event.receivedAt.getTime() > soughtForMs) return 'unclear'
    throw new AppError('not_found', 'The new task cannot be found yet.', { retryable: true })
  }

  function readObject(event: WebhookEvent, told: Told): News | undefined {
    const { id, contactId } = objectSchema.parse(event.payload)
    if (!id) return undefined
    const key = `webhook:${event.id}`
    return { of: 'object', ...told, objectId: id, contactId: contactId ?? null, at: happenedAt(event), key }
  }

  async function read(event: WebhookEvent, locationId: string): Promise<News | Unclear | undefined> {
    if (event.type === 'TaskCreate') return readNewTask(event, locationId)
    const [ofContact, ofObject] = [ofContacts[event.type], ofObjects[event.type]]
    if (ofContact) return readContact(event, ofContact)
    return ofObject ? readObject(event, ofObject) : readMessage(event)
  }

  /** Events of one location: all are told, or none. */
  return async function heard(locationId: string, events: readonly WebhookEvent[]): Promise<void> {
    const found = await Promise.all(events.map((event) => read(event, locationId)))
    const known = found.filter((one) => one !== undefined && one !== 'unclear')
    if (known.length > 0) await news.tell(locationId, known)
    if (found.includes('unclear')) await compareSoon(locationId)
  }
}

function readMessage(event: WebhookEvent): News | Unclear {
  const message = messageSchema.parse(event.payload)
  const { messageId } = message
  // Without it nobody could tell the message from the same one heard of again.
  if (!messageId) return 'unclear'
  const at = happenedAt(event)
  return {
    of: 'message',
    messageId,
    contactId: message.contactId ?? null,
    direction: event.type === 'InboundMessage' ? 'inbound' : 'outbound',
    status: messageStatusOf(message.status),
    writtenAt: pastTime(message.dateAdded, event.receivedAt.getTime()) ?? at,
    at,
  }
}
