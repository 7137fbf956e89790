import * as z from 'zod/mini'
import { noteSchema, type Note, type NoteInput } from '../../shared/note-contract.ts'
import { contactTagsAnswerSchema, type ContactTagsAnswer } from '../../shared/tag-contract.ts'
import { taskSchema, type Task, type TaskInput } from '../../shared/task-contract.ts'
import type { NoteService } from '../notes/note-service.ts'
import type { Session } from '../session/session.ts'
import type { TagService } from '../tags/tag-service.ts'
import type { TaskService } from '../tasks/task-service.ts'
import type { Part } from './part-ledger.ts'

/** The platform's clock may be behind ours by this much. */
const clockSkewMs = 2 * 60_000

const rememberedTask = z.omit(taskSchema, { title: true, body: true })
const rememberedNote = z.omit(noteSchema, { body: true })

type Whose = { session: Session; contactId: string }

/** Undefined where there is nothing to change. */
export function tagsPart(
  tagService: TagService,
  { session, contactId }: Whose,
  [add, remove]: readonly [add: readonly string[], remove: readonly string[]],
): Part<ContactTagsAnswer> | undefined {
  if (add.length + remove.length === 0) return undefined
  return {
    name: 'tags',
    asked: [add, remove],
    run: async () => ({ tags: await tagService.change(session, contactId, { add, remove }) }),
    remember: (result) => result,
    recall: (remembered) => contactTagsAnswerSchema.parse(remembered),
  }
}

export function taskPart(
  taskService: TaskService,
  { session, contactId }: Whose,
  task: TaskInput,
): Part<Task> {
  return {
    name: 'task',
    asked: task,
    run: () => taskService.create(session, contactId, task),
    // The platform tells no time of making; one that is the same in everything is what was asked for.
    findTwin: async () => (await taskService.list(session, contactId)).find((twin) => isSameTask(twin, task)),
    remember: (result) => rememberedTask.parse(result),
    recall: (remembered) => ({
      ...rememberedTask.parse(remembered),
      title: task.title,
      body: task.body ?? '',
    }),
  }
}

export function notePart(
  noteService: NoteService,
  { session, contactId }: Whose,
  note: NoteInput,
): Part<Note> {
  return {
    name: 'note',
    asked: note,
    run: () => noteService.create(session, contactId, note),
    findTwin: async (startedAt) =>
      (await noteService.list(session, contactId)).find(
        (twin) => twin.body === note.body && Date.parse(twin.at) >= startedAt - clockSkewMs,
      ),
    remember: (result) => rememberedNote.parse(result),
    recall: (remembered) => ({ ...rememberedNote.parse(remembered), body: note.body }),
  }
}

/** One that has been completed since it was made may be last week's. */
function isSameTask(twin: Task, asked: TaskInput): boolean {
  return (
    twin.completed === (asked.completed ?? false) &&
    wordsOf(twin.title) === wordsOf(asked.title) &&
    wordsOf(twin.body) === wordsOf(asked.body) &&
    (twin.assignedTo || null) === (asked.assignedTo || null) &&
    twin.dueDate !== null &&
    Date.parse(twin.dueDate) === Date.parse(asked.dueDate)
  )
}

/** The platform may trim what it is given. */
const wordsOf = (text: string | undefined): string => (text ?? '').replaceAll('\r\n', '\n').trim()
