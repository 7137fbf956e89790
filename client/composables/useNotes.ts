import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import type { Note } from '../../shared/note-contract.ts'
import { useApi } from '../api/endpoints.ts'
import { contactTexts } from '../contact-texts.ts'
import { useTurnsStore } from '../stores/turns-store.ts'
import { notesQueryKey } from './query-keys.ts'
import { useContactCache } from './useContactCache.ts'
import { useContactFailure } from './useContactFailure.ts'
import { useContactScope } from './useContactScope.ts'

/** Notes of the open contact, the newest on top; the conversation shows them as well. */
export function useNotes() {
  const { contactId, timeline } = useContactScope()
  const api = useApi()
  const cache = useContactCache(contactId)
  const { failure, attempt, attemptOrTell, dismiss } = useContactFailure()
  const { inTurn } = useTurnsStore()
  const words = contactTexts.notes
  const query = useQuery({
    key: notesQueryKey(contactId),
    query: async () => (await api.listNotes(contactId)).notes,
  })

  function accept(note: Note): void {
    cache.upsertNote(note)
    timeline.upsert({ kind: 'note', id: note.id, at: note.at, body: note.body, userId: note.userId })
  }

  return {
    query,
    notes: computed(() => (query.data.value ?? []).toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))),
    failure,
    dismiss,
    accept,
    add: (body: string) =>
      attempt(words.addFailed, async () => accept((await api.createNote(contactId, body)).note)),
    update: (noteId: string, body: string) =>
      attemptOrTell({ failed: words.changeFailed, unsure: words.changeUnsure }, () =>
        inTurn(noteId, async () => accept((await api.updateNote(contactId, noteId, body)).note)),
      ),
    remove: (noteId: string) =>
      attemptOrTell({ failed: words.deleteFailed, unsure: words.deleteUnsure }, () =>
        inTurn(noteId, async () => {
          await api.deleteNote(contactId, noteId)
          cache.dropNote(noteId)
          timeline.drop('note', noteId)
        }),
      ),
  }
}
