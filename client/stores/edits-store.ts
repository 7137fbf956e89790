import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { Note } from '../../shared/note-contract.ts'
import type { Task } from '../../shared/task-contract.ts'

export type NoteForm = { body: string }

export type TaskForm = {
  title: string
  /** Wall clock of the location's zone. */
  due: string
  /** A user's id, or null for nobody. */
  assignedTo: string | null
}

/** An item while somebody changes it. */
type Edit<Item, Form> = {
  contactId: string
  /** As it was, and its place in the list, for where it is gone by now. */
  item: Item
  index: number
  form: Form
  before: string
}

const keyOf = (contactId: string, itemId: string) => `${contactId}/${itemId}`
const isChanged = ({ form, before }: Edit<unknown, unknown>) => JSON.stringify(form) !== before

function createEdits<Item extends { id: string }, Form extends object>() {
  const edits = shallowReactive(new Map<string, Edit<Item, Form>>())
  const of = (contactId: string) => [...edits.values()].filter((edit) => edit.contactId === contactId)

  return {
    of,
    formOf: (contactId: string, item: Item) => edits.get(keyOf(contactId, item.id))?.form ?? null,
    begin(contactId: string, item: Item, index: number, form: Form): void {
      const before = JSON.stringify(form)
      edits.set(keyOf(contactId, item.id), { contactId, item, index, form: shallowReactive(form), before })
    },
    end(contactId: string, item: Item): void {
      edits.delete(keyOf(contactId, item.id))
    },
    /** Ends it unless its form is no longer what was sent, as JSON. */
    endSent(contactId: string, item: Item, sent: string): void {
      const edit = edits.get(keyOf(contactId, item.id))
      if (edit && JSON.stringify(edit.form) !== sent) edit.before = sent
      else this.end(contactId, item)
    },
    isChanged: () => [...edits.values()].some(isChanged),
    isChangedOf: (contactId: string) => of(contactId).some(isChanged),
    /** What was opened and not touched need not be open again. */
    endUnchanged(contactId: string): void {
      for (const edit of of(contactId)) if (!isChanged(edit)) this.end(contactId, edit.item)
    },
  }
}

export type Edits<Item extends { id: string }, Form extends object> = ReturnType<
  typeof createEdits<Item, Form>
>

/** Notes and follow-ups that are being changed; kept while one looks at another contact. */
export const useEditsStore = defineStore('edits', () => {
  const notes = createEdits<Note, NoteForm>()
  const tasks = createEdits<Task, TaskForm>()

  return {
    notes: () => notes,
    tasks: () => tasks,
    isChanged: () => notes.isChanged() || tasks.isChanged(),
    isChangedOf: (contactId: string) => notes.isChangedOf(contactId) || tasks.isChangedOf(contactId),
  }
})
