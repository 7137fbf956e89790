import type { ContactSummary } from '../../shared/contact-contract.ts'
import type { Conversation } from '../../shared/conversation-contract.ts'

/** One line of the list, whether it came from a search or from the recent conversations. */
export type ContactRow = {
  id: string
  name: string
  detail: string
  /** The last thing said was ours. */
  isOwnMessage: boolean
  /** ISO 8601 of the last message, where known. */
  at: string | null
  unreadCount: number
}

export function rowOfContact(contact: ContactSummary): ContactRow {
  const detail = contact.phoneDisplay ?? contact.email ?? ''
  return { id: contact.id, name: contact.name, detail, isOwnMessage: false, at: null, unreadCount: 0 }
}

export function rowOfConversation(conversation: Conversation): ContactRow {
  return {
    id: conversation.contactId,
    name: conversation.name,
    detail: conversation.lastMessageBody ?? conversation.phoneDisplay ?? '',
    isOwnMessage: conversation.lastMessageDirection === 'outbound',
    at: conversation.lastMessageAt,
    unreadCount: conversation.unreadCount,
  }
}

export const spokenAtMs = ({ at }: ContactRow) => Date.parse(at ?? '') || 0

const byId = (rows: readonly ContactRow[]) => new Map(rows.map((row) => [row.id, row]))

/** The CRM's list may lag behind what was just said here: the later words stay. */
function withLaterWords(fresh: readonly ContactRow[], known: readonly ContactRow[]): ContactRow[] {
  const rows = byId(known)
  const merged = fresh.map((row) => {
    const before = rows.get(row.id)
    return before?.isOwnMessage && spokenAtMs(before) > spokenAtMs(row)
      ? { ...row, detail: before.detail, isOwnMessage: true, at: before.at }
      : row
  })
  const isSame = merged.every((row, index) => row === fresh[index])
  return isSame ? merged : merged.sort((a, b) => spokenAtMs(b) - spokenAtMs(a))
}

/**
 * The first page anew, and of the rows loaded before those that come after it. What was as recent as the page and is
 * not in it is no conversation any more.
 */
export function withFirstPage(
  known: readonly ContactRow[],
  fresh: readonly ContactRow[],
  hasMore: boolean,
): ContactRow[] {
  const first = withLaterWords(fresh, known)
  const last = fresh.at(-1)
  if (!hasMore || !last) return first
  const ids = new Set(fresh.map(({ id }) => id))
  return [...first, ...known.filter((row) => !ids.has(row.id) && spokenAtMs(row) <= spokenAtMs(last))]
}

/** Every row where it stands, with what is known of it by now. */
export function inPlace(shown: readonly ContactRow[], latest: readonly ContactRow[]): ContactRow[] {
  const rows = byId(latest)
  return shown.map((row) => rows.get(row.id) ?? row)
}

/** Contacts that wrote since the rows were known. */
export function writersSince(known: readonly ContactRow[], latest: readonly ContactRow[]): string[] {
  const rows = byId(known)
  return latest.flatMap((row) => {
    const before = rows.get(row.id)
    const isNews = !before || spokenAtMs(row) > spokenAtMs(before)
    return isNews && !row.isOwnMessage ? [row.id] : []
  })
}
