import type { WebhookEvent } from '../webhooks/webhook-repository.ts'
import type { LocationNews, ObjectNews } from './location-news.ts'
import { messageSchema, messageStatusOf, objectSchema, pastTime } from './platform-payloads.ts'

type Told = Pick<ObjectNews, 'type' | 'kind'>

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
  TaskCreate: { type: 'task', kind: 'task' },
  TaskComplete: { type: 'task', kind: 'task' },
  TaskDelete: { type: 'task', kind: 'task' },
}

export const newsTypes: readonly string[] = [
  ...Object.keys(ofContacts),
  ...Object.keys(ofObjects),
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
  /** Whose task it is: the platform leaves that out of a new one. Null where it cannot be found. */
  findTaskContact: (locationId: string, task: { id: string; title: string }) => Promise<string | null>
}) {
  const { news, findTaskContact } = parts

  async function contactHeard(event: WebhookEvent, locationId: string, told: Told): Promise<void> {
    const { id } = objectSchema.parse(event.payload)
    if (!id) return
    const key = `webhook:${event.id}`
    await news.objectChanged(locationId, {
      ...told,
      objectId: id,
      contactId: id,
      at: happenedAt(event),
      key,
    })
  }

  /** @see https://github.com/GoHighLevel/highlevel-api-docs/issues/332 */
  async function objectHeard(event: WebhookEvent, locationId: string, told: Told): Promise<void> {
    const { id, contactId, title } = objectSchema.parse(event.payload)
    if (!id) return
    const isNewTask = event.type === 'TaskCreate'
    const found =
      contactId ?? (isNewTask ? await findTaskContact(locationId, { id, title: title ?? '' }) : null)
    const key = isNewTask ? newTaskKey(id) : `webhook:${event.id}`
    await news.objectChanged(locationId, {
      ...told,
      objectId: id,
      contactId: found,
      at: happenedAt(event),
      key,
    })
  }

  async function messageHeard(event: WebhookEvent, locationId: string): Promise<void> {
    const message = messageSchema.parse(event.payload)
    const at = happenedAt(event)
    const status = messageStatusOf(message.status)
    const direction = event.type === 'InboundMessage' ? 'inbound' : 'outbound'
    const contactId = message.contactId ?? null
    const writtenAt = pastTime(message.dateAdded, event.receivedAt.getTime()) ?? at
    const { messageId } = message
    if (messageId) {
      const seen = { messageId, contactId, direction, status, writtenAt, at } as const
      await news.messageSeen(locationId, seen)
      return
    }
    const said = { type: 'message', contactId, direction, at: writtenAt.toISOString() } as const
    await news.tell(locationId, { ...said, ...(status === null ? {} : { status }) }, `webhook:${event.id}`)
  }

  return async function heard(event: WebhookEvent): Promise<void> {
    const { type, locationId } = event
    if (locationId === null) return
    const [ofContact, ofObject] = [ofContacts[type], ofObjects[type]]
    if (ofContact) await contactHeard(event, locationId, ofContact)
    else if (ofObject) await objectHeard(event, locationId, ofObject)
    else await messageHeard(event, locationId)
  }
}
