import { useQueryCache } from '@pinia/colada'
import type { Contact } from '../../shared/contact-contract.ts'
import type { Note } from '../../shared/note-contract.ts'
import type { Task } from '../../shared/task-contract.ts'
import { useLiveStore } from '../stores/live-store.ts'
import { contactQueryKey, notesQueryKey, tagPickerKey, tasksQueryKey } from './query-keys.ts'

function upserted<Item extends { id: string }>(items: readonly Item[] | undefined, item: Item): Item[] {
  const others = items ?? []
  return others.some((known) => known.id === item.id)
    ? others.map((known) => (known.id === item.id ? item : known))
    : [...others, item]
}

/** Puts what the server answered into what the page knows of a contact, without asking again. */
export function useContactCache(contactId: string) {
  const cache = useQueryCache()
  const live = useLiveStore()
  const keys = {
    contact: contactQueryKey(contactId),
    tasks: tasksQueryKey(contactId),
    notes: notesQueryKey(contactId),
  }

  /** A read that is under way began before this change, so its answer may lack it: it is asked for again. */
  function put<Data>(part: keyof typeof keys, change: (known: Data | undefined) => Data): void {
    const key = keys[part]
    const isReading = cache.getEntries({ key, exact: true }).some((entry) => entry.pending !== null)
    const known = cache.getQueryData<Data>(key)
    if (isReading && known !== undefined) {
      cache.cancelQueries({ key, exact: true })
      live.report(contactId, part)
    }
    cache.setQueryData(key, change(known))
  }

  return {
    setTags(tags: string[]): void {
      const contact = cache.getQueryData<Contact>(keys.contact)
      if (contact) put<Contact>('contact', () => ({ ...contact, tags }))
    },
    upsertTask(task: Task): void {
      put<Task[]>('tasks', (tasks) => upserted(tasks, task))
    },
    dropTask(taskId: string): void {
      put<Task[]>('tasks', (tasks) => (tasks ?? []).filter((task) => task.id !== taskId))
    },
    upsertNote(note: Note): void {
      put<Note[]>('notes', (notes) => upserted(notes, note))
    },
    dropNote(noteId: string): void {
      put<Note[]>('notes', (notes) => (notes ?? []).filter((note) => note.id !== noteId))
    },
    /** A tag that was new is to be offered from now on. */
    refreshTagPicker(): void {
      void cache.invalidateQueries({ key: tagPickerKey })
    },
  }
}
