import { createHash } from 'node:crypto'
import type { z } from 'zod/mini'
import { noteSchema, type Note } from '../../shared/note-contract.ts'
import { contactTagsAnswerSchema, type ContactTagsAnswer } from '../../shared/tag-contract.ts'
import { taskSchema, type Task } from '../../shared/task-contract.ts'
import type { WrapUp } from '../../shared/wrap-up-contract.ts'
import { AppError } from '../errors.ts'
import type { NoteService } from '../notes/note-service.ts'
import type { Session } from '../session/session.ts'
import type { TagService } from '../tags/tag-service.ts'
import type { TaskService } from '../tasks/task-service.ts'
import type { PartState, PartStates, WrapUpKey, WrapUpRepository } from './wrap-up-repository.ts'
import type { Settled } from './wrap-up-service.ts'

export type WrapUpParts = {
  tagService: TagService
  taskService: TaskService
  noteService: NoteService
  wrapUpRepository: WrapUpRepository
}

type Settle = <T>(run: () => Promise<T>) => Promise<Settled<T>>

type Part<T> = {
  name: keyof PartStates
  asked: unknown
  schema: z.ZodMiniType<T>
  /** What an earlier try whose answer was lost may have made after all. */
  findTwin?: () => Promise<T | undefined>
  run: () => Promise<T>
}

/** Runs tags, task and note side by side; each is remembered under the key as soon as it has ended. */
export function createPartRunner({ tagService, taskService, noteService, wrapUpRepository }: WrapUpParts) {
  return async (
    session: Session,
    contactId: string,
    key: WrapUpKey,
    input: WrapUp,
    known: PartStates,
    settle: Settle,
  ) => {
    const once = <T>(part: Part<T>) => settle(() => runOnce(part))

    async function runOnce<T>({ name, asked, schema, findTwin, run }: Part<T>): Promise<T> {
      const hash = createHash('sha256').update(JSON.stringify(asked)).digest('base64url')
      const before = known[name]
      if (before?.state === 'done') {
        if (before.hash === hash) return schema.parse(before.result)
        throw new AppError('conflict', 'This Idempotency-Key was used for something else.')
      }
      const record = (state: PartState['state'], result?: unknown) =>
        wrapUpRepository.recordPart(key, name, { hash, state, ...(result === undefined ? {} : { result }) })
      try {
        const twin = before?.state === 'unknown' && before.hash === hash ? await findTwin?.() : undefined
        const result = twin ?? (await run())
        await record('done', result)
        return result
      } catch (error) {
        await record(error instanceof AppError && error.code === 'outcome_unknown' ? 'unknown' : 'failed')
        throw error
      }
    }

    const { addTags = [], removeTags = [], task, note } = input
    const [tagsPart, taskPart, notePart] = await Promise.all([
      addTags.length + removeTags.length === 0
        ? undefined
        : once<ContactTagsAnswer>({
            name: 'tags',
            asked: [addTags, removeTags],
            schema: contactTagsAnswerSchema,
            run: async () => ({
              tags: await tagService.change(session, contactId, { add: addTags, remove: removeTags }),
            }),
          }),
      task &&
        once<Task>({
          name: 'task',
          asked: task,
          schema: taskSchema,
          findTwin: async () =>
            (await taskService.list(session, contactId)).find(
              (twin) =>
                twin.title === task.title &&
                twin.dueDate !== null &&
                Date.parse(twin.dueDate) === Date.parse(task.dueDate),
            ),
          run: () => taskService.create(session, contactId, task),
        }),
      note &&
        once<Note>({
          name: 'note',
          asked: note,
          schema: noteSchema,
          findTwin: async () =>
            (await noteService.list(session, contactId)).find((twin) => twin.body === note.body),
          run: () => noteService.create(session, contactId, note),
        }),
    ])
    return {
      ...(tagsPart ? { tags: tagsPart } : {}),
      ...(taskPart ? { task: taskPart } : {}),
      ...(notePart ? { note: notePart } : {}),
    }
  }
}
