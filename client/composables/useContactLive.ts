import { useQueryCache } from '@pinia/colada'
import { watch } from 'vue'
import { type ChangedPart, useLiveStore } from '../stores/live-store.ts'
import { useSessionStore } from '../stores/session-store.ts'
import { contactQueryKey, notesQueryKey, tagPickerKey, tasksQueryKey } from './query-keys.ts'
import { useLiveView } from './useLiveView.ts'
import type { Timeline } from './useTimeline.ts'

/** Keeps an open contact true to what happens elsewhere. */
export function useContactLive(contactId: string, timeline: Timeline): void {
  const cache = useQueryCache()
  const live = useLiveStore()
  const session = useSessionStore()
  const keys = {
    contact: contactQueryKey(contactId),
    tasks: tasksQueryKey(contactId),
    notes: notesQueryKey(contactId),
  }
  const queries = Object.values(keys)
  const rereadQuery = (key: string[]) => cache.invalidateQueries({ key, exact: true })

  if (live.takeMissed(contactId)) for (const key of queries) void rereadQuery(key)

  const reads: Partial<Record<ChangedPart, () => Promise<unknown>>> = {
    thread: timeline.reread,
    contact: () => rereadQuery(keys.contact),
    tasks: () => rereadQuery(keys.tasks),
    notes: () => rereadQuery(keys.notes),
    // Known tags are looked at when one types the next: then they are asked for.
    tag_picker: () => Promise.resolve(cache.invalidateQueries({ key: tagPickerKey }, false)),
  }

  useLiveView({
    contactId,
    takeStatus: timeline.takeStatus,
    async reread(parts) {
      const settled = await Promise.allSettled([...parts].map((part) => reads[part]?.()))
      const failed = settled.find((read) => read.status === 'rejected')
      if (failed) throw failed.reason
    },
  })

  watch(
    () => session.recoveries,
    () => void cache.invalidateQueries(),
  )
}
