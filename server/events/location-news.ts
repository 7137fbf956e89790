import type { EventType, LocationEvent } from '../../shared/event-contract.ts'
import { isStatusProgress, type MessageStatus } from '../../shared/message-statuses.ts'
import type { EventRepository, NewEvent } from './event-repository.ts'
import type { Mark, MarkedThing, MarkRepository } from './mark-repository.ts'

/** A change of something with an id, told of by an event with a time. */
export type ObjectNews = {
  of: 'object'
  type: Exclude<EventType, 'message' | 'message_status' | 'installation'>
  kind: Exclude<Mark['kind'], 'message'>
  objectId: string
  contactId: string | null
  at: Date
  key: string
}

/** A message as seen at some time, by a webhook or in its thread. */
export type MessageNews = {
  of: 'message'
  messageId: string
  contactId: string | null
  direction: 'inbound' | 'outbound'
  /** Null where it has none that we know. */
  status: MessageStatus | null
  /** When it was written. */
  writtenAt: Date
  /** When it was in this state. */
  at: Date
  /** Nobody is told of it where it was not known before: only its status may be news. */
  isOld?: boolean
}

export type News = ObjectNews | MessageNews

/** What is to be told, and what is then known. */
type Decision = { told: NewEvent; mark: Mark }

export type LocationNews = ReturnType<typeof createLocationNews>

/**
 * Decides what is news to the open pages of a location. Reports come late, twice, in any order and from several
 * sources: each thing is told once, and what is older than what is known is not told at all.
 */
export function createLocationNews(parts: {
  events: Pick<EventRepository, 'inOrder' | 'appendAll'>
  marks: Pick<MarkRepository, 'listFor' | 'putAll'>
}) {
  const { events, marks } = parts

  /** All of it, or nothing. */
  function tell(locationId: string, news: readonly News[]): Promise<void> {
    return events.inOrder(locationId, async (transaction) => {
      const things = new Map(news.map((one) => [nameOf(thingOf(one)), thingOf(one)]))
      const listed = await marks.listFor(locationId, [...things.values()], transaction)
      const known = new Map(listed.map((mark) => [nameOf(mark), mark]))
      const changed = new Map<string, Mark>()
      const told = news.flatMap((one) => {
        const name = nameOf(thingOf(one))
        const decision = decide(one, changed.get(name) ?? known.get(name))
        if (!decision) return []
        changed.set(name, decision.mark)
        return [decision.told]
      })
      await marks.putAll(locationId, [...changed.values()], transaction)
      await events.appendAll(locationId, told, transaction)
    })
  }

  return { tell }
}

function thingOf(news: News): MarkedThing {
  return news.of === 'object'
    ? { kind: news.kind, objectId: news.objectId }
    : { kind: 'message', objectId: news.messageId }
}

const nameOf = ({ kind, objectId }: MarkedThing): string => `${kind}/${objectId}`

function decide(news: News, known: Mark | undefined): Decision | undefined {
  return news.of === 'object' ? decideOnObject(news, known) : decideOnMessage(news, known)
}

function decideOnObject(news: ObjectNews, known: Mark | undefined): Decision | undefined {
  const { type, kind, objectId, at, key } = news
  if (known && known.at > at) return undefined
  const contactId = news.contactId ?? known?.contactId ?? null
  return {
    mark: { kind, objectId, contactId, status: null, at },
    told: { event: { type, contactId, at: at.toISOString() }, key },
  }
}

function decideOnMessage(news: MessageNews, known: Mark | undefined): Decision | undefined {
  const { messageId, status, at } = news
  const isProgress = status !== null && isStatusProgress(known?.status ?? null, status)
  if (known ? !isProgress : news.isOld) return undefined
  const contactId = news.contactId ?? known?.contactId ?? null
  return {
    mark: { kind: 'message', objectId: messageId, contactId, status, at },
    told: known ? statusEvent(news, contactId) : messageEvent(news, contactId),
  }
}

const said = ({ messageId, status }: MessageNews, contactId: string | null) => ({
  contactId,
  messageId,
  ...(status === null ? {} : { status }),
})

function messageEvent(news: MessageNews, contactId: string | null): NewEvent {
  const { messageId, direction, writtenAt } = news
  const event: LocationEvent = {
    ...said(news, contactId),
    type: 'message',
    direction,
    at: writtenAt.toISOString(),
  }
  return { event, key: `message:${messageId}` }
}

function statusEvent(news: MessageNews, contactId: string | null): NewEvent {
  const { messageId, status, at } = news
  const event: LocationEvent = { ...said(news, contactId), type: 'message_status', at: at.toISOString() }
  return { event, key: `message:${messageId}:${status}` }
}
