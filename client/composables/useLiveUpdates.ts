import { onScopeDispose, watch } from 'vue'
import type { EventType, LocationEvent } from '../../shared/event-contract.ts'
import { type ChangedPart, useLiveStore } from '../stores/live-store.ts'
import { useSessionStore } from '../stores/session-store.ts'
import { createChangeCollector } from './change-collector.ts'
import { useEventStream } from './useEventStream.ts'

/** What has to be read again after an event; of the list, whatever contact it is about. */
const changedBy: Record<EventType, readonly ChangedPart[]> = {
  message: ['thread', 'list'],
  message_status: ['thread'],
  contact: ['contact', 'list'],
  task: ['tasks'],
  note: ['notes', 'thread'],
  tags: ['contact', 'tag_picker'],
  installation: [],
}

const allOfContact: readonly ChangedPart[] = ['thread', 'contact', 'tasks', 'notes']

const listSubject = 'the list'
const subjectOf = (contactId: string | null) => contactId ?? listSubject

/** In a busy location the list changes all the time, for every page that is open. */
const listMostRestMs = 15_000
const contactMostRestMs = 4_000
/** Every page of the location reads the list after the same event, but not in the same moment. */
const listSpreadMs = 2_500

/** Shows what happens elsewhere: an event says what changed, and just that is read again, if it is on screen. */
export function useLiveUpdates(): void {
  const live = useLiveStore()
  const session = useSessionStore()

  async function reread(subject: string, parts: ReadonlySet<ChangedPart>): Promise<void> {
    const shown = [...live.views].filter(({ contactId }) => subjectOf(contactId) === subject)
    if (shown.length === 0) return live.miss(subject)
    const reads = await Promise.allSettled(shown.map((view) => view.reread(parts)))
    const failed = reads.find((read) => read.status === 'rejected')
    if (failed) throw failed.reason
  }

  const isPaused = () => document.hidden || live.held > 0
  const collector = createChangeCollector<ChangedPart>({
    reread,
    isPaused,
    mostRestMs: (subject) => (subject === listSubject ? listMostRestMs : contactMostRestMs),
    spreadMs: (subject) => (subject === listSubject ? Math.random() * listSpreadMs : 0),
    elapsed: () => performance.now(),
  })

  function change(contactId: string | null, parts: readonly ChangedPart[]): void {
    if (parts.length === 0) return
    const isShown = [...live.views].some((view) => view.contactId === contactId)
    if (isShown) collector.add(subjectOf(contactId), parts)
    else if (contactId !== null) live.miss(contactId)
  }

  /** Whether the event alone told all there is to know about the message. */
  function isTold({ contactId, messageId, status }: LocationEvent): boolean {
    if (messageId === undefined || status === undefined) return false
    return [...live.views].some(
      (view) => view.contactId === contactId && view.takeStatus?.(messageId, status) === true,
    )
  }

  function onEvent(event: LocationEvent): void {
    if (event.type === 'installation') return void session.verify()
    const parts = changedBy[event.type]
    const isKnown = isTold(event)
    if (parts.includes('list')) change(null, ['list'])
    // Nobody knows yet whose it is; it is told again once that is known.
    if (event.contactId === null) return
    change(
      event.contactId,
      parts.filter((part) => part !== 'list' && !(isKnown && part === 'thread')),
    )
  }

  function onGap(): void {
    for (const { contactId } of live.views) change(contactId, contactId === null ? ['list'] : allOfContact)
  }

  live.onReport((contactId, part) => change(contactId, [part]))
  useEventStream({ onEvent, onOpen: collector.hurry, onGap })

  const goOn = () => {
    if (!isPaused()) collector.resume()
  }
  watch(() => live.held, goOn)
  document.addEventListener('visibilitychange', goOn)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', goOn)
    live.onReport(() => {})
    collector.close()
  })
}
