import { defineStore } from 'pinia'
import { type InjectionKey, ref } from 'vue'
import type { MessageStatus } from '../../shared/message-statuses.ts'

/** The browser's `fetch`, or what stands in for it. */
export const fetchKey: InjectionKey<typeof fetch> = Symbol('fetch')

/** What of a contact, or of the list, has to be read again. */
export type ChangedPart = 'thread' | 'contact' | 'tasks' | 'notes' | 'tag_picker' | 'list'

/** Something on screen that shows what may change elsewhere. */
export type LiveView = {
  /** Null for the list, which shows many. */
  contactId: string | null
  /** A status told by the event itself; false where the message is not known here and has to be read. */
  takeStatus?(messageId: string, status: MessageStatus): boolean
  /** Rejects when it could not be read; then it is asked for again. */
  reread(parts: ReadonlySet<ChangedPart>): Promise<unknown>
}

/** More than this many contacts are not remembered as changed; the eldest is forgotten. */
const mostMissed = 200

/**
 * What the page shows, for the one who hears of changes, and what that one has to say to the page. It is there from the
 * start; the listening itself is loaded later.
 */
export const useLiveStore = defineStore('live', () => {
  const views = new Set<LiveView>()
  const missed = new Set<string>()
  /** Whether changes arrive right now. */
  const isOpen = ref(false)
  /** Nothing has arrived for so long that the person should know. */
  const isLate = ref(false)
  /** Re-reading would disturb a change that is shown already and not yet answered. */
  const held = ref(0)
  let report: (contactId: string, part: ChangedPart) => void = () => {}

  return {
    isOpen,
    isLate,
    held,
    views,
    /** Where the next connection resumes. */
    lastEventId: ref<string | null>(null),

    /** Answers what takes the view off again. */
    show(view: LiveView): () => void {
      views.add(view)
      return () => {
        views.delete(view)
      }
    },

    /** Nothing is read again until the action has ended. */
    async hold<Result>(action: () => Promise<Result>): Promise<Result> {
      held.value += 1
      try {
        return await action()
      } finally {
        held.value -= 1
      }
    },

    onReport(listener: typeof report): void {
      report = listener
    },
    /** Something on screen may be older than what the server has. */
    report: (contactId: string, part: ChangedPart) => report(contactId, part),

    /** A contact that is not on screen changed: what is kept of it is old. */
    miss(contactId: string): void {
      missed.add(contactId)
      const [eldest] = missed
      if (missed.size > mostMissed && eldest !== undefined) missed.delete(eldest)
    },
    /** Whether the contact changed since it was last on screen. */
    takeMissed: (contactId: string) => missed.delete(contactId),
  }
})
