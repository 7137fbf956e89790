import { useQueryCache } from '@pinia/colada'
import type { Contact } from '../../shared/contact-contract.ts'
import type { Note } from '../../shared/note-contract.ts'
import type { Task } from '../../shared/task-contract.ts'
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

  return {
    setTags(tags: string[]): void {
      const contact = cache.getQueryData<Contact>(contactQueryKey(contactId))
      if (contact) cache.setQueryData(contactQueryKey(contactId), { ...contact, tags })
    },
    upsertTask(task: Task): void {
      cache.setQueryData<Task[]>(tasksQueryKey(contactId), (tasks) => upserted(tasks, task))
    },
    dropTask(taskId: string): void {
      cache.setQueryData<Task[]>(tasksQueryKey(contactId), (tasks) =>
        (tasks ?? []).filter((task) => task.id !== taskId),
      )
    },
    upsertNote(note: Note): void {
      cache.setQueryData<Note[]>(notesQueryKey(contactId), (notes) => upserted(notes, note))
    },
    dropNote(noteId: string): void {
      cache.setQueryData<Note[]>(notesQueryKey(contactId), (notes) =>
        (notes ?? []).filter((note) => note.id !== noteId),
      )
    },
    /** A tag that was new is to be offered from now on. */
    refreshTagPicker(): void {
      void cache.invalidateQueries({ key: tagPickerKey })
    },
  }
}
