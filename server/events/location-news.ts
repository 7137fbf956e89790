import type { EventType, LocationEvent } from '../../shared/event-contract.ts'
import { isStatusProgress, type MessageStatus } from '../../shared/message-statuses.ts'
import type { Transaction } from '../storage/database.ts'
import type { EventRepository } from './event-repository.ts'
import type { MarkKind, MarkRepository } from './mark-repository.ts'

/** A change of something with an id, told of by an event with a time. */
export type ObjectNews = {
  type: Exclude<EventType, 'message' | 'message_status' | 'installation'>
  kind: Exclude<MarkKind, 'message'>
  objectId: string
  contactId: string | null
  at: Date
  key: string
}

/** A message as seen at some time, by a webhook or in its thread. */
export type MessageNews = {
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

export type LocationNews = ReturnType<typeof createLocationNews>

/**
 * Decides what is news to the open pages of a location. Reports come late, twice, in any order and from several
 * sources: each thing is told once, and what is older than what is known is not told at all.
 */
export function createLocationNews(parts: { events: EventRepository; marks: MarkRepository }) {
  const { events, marks } = parts

  /** @returns whether it was news */
  function objectChanged(locationId: string, news: ObjectNews): Promise<boolean> {
    const { type, kind, objectId, contactId, at, key } = news
    return events.inOrder(locationId, async (transaction) => {
      const known = await marks.find({ locationId, kind, objectId }, transaction)
      if (known && known.at > at) return false
      const whose = contactId ?? known?.contactId ?? null
      await marks.put({ locationId, kind, objectId, contactId: whose, status: null, at }, transaction)
      const event: LocationEvent = { type, contactId: whose, at: at.toISOString() }
      return events.append(locationId, event, key, transaction)
    })
  }

  /** @returns whether it was news */
  function messageSeen(locationId: string, news: MessageNews): Promise<boolean> {
    const { messageId, contactId, status } = news
    return events.inOrder(locationId, async (transaction) => {
      const known = await marks.find({ locationId, kind: 'message', objectId: messageId }, transaction)
      const isProgress = status !== null && isStatusProgress(known?.status ?? null, status)
      if (known ? !isProgress : news.isOld) return false
      const whose = contactId ?? known?.contactId ?? null
      const mark = {
        locationId,
        kind: 'message',
        objectId: messageId,
        contactId: whose,
        status,
        at: news.at,
      } as const
      await marks.put(mark, transaction)
      return tellMessage(locationId, { ...news, contactId: whose }, !known, transaction)
    })
  }

  function tellMessage(
    locationId: string,
    { messageId, contactId, direction, status, writtenAt, at }: MessageNews,
    isNew: boolean,
    transaction: Transaction,
  ): Promise<boolean> {
    const said = { contactId, messageId, ...(status === null ? {} : { status }) }
    return isNew
      ? events.append(
          locationId,
          { ...said, type: 'message', direction, at: writtenAt.toISOString() },
          `message:${messageId}`,
          transaction,
        )
      : events.append(
          locationId,
          { ...said, type: 'message_status', at: at.toISOString() },
          `message:${messageId}:${status}`,
          transaction,
        )
  }

  /** What no object's order matters for, as a message without an id. */
  async function tell(locationId: string, event: LocationEvent, key: string, within?: Transaction) {
    await events.append(locationId, event, key, within)
  }

  return { objectChanged, messageSeen, tell }
}
