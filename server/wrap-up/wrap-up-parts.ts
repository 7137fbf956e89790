import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { noteSchema, type Note } from '../../shared/note-contract.ts'
import { contactTagsAnswerSchema, type ContactTagsAnswer } from '../../shared/tag-contract.ts'
import { taskSchema, type Task, type TaskInput } from '../../shared/task-contract.ts'
import type { WrapUp } from '../../shared/wrap-up-contract.ts'
import { AppError, isProvablyUndone } from '../errors.ts'
import type { Logger } from '../logger.ts'
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
  run: () => Promise<T>
  /** What an earlier try whose outcome nobody knows may have made after all. */
  findTwin?: (startedAt: number) => Promise<T | undefined>
  /** What is remembered of a result: no text, since a repeat brings that along. */
  remember: (result: T) => unknown
  recall: (remembered: unknown) => T
}

/** The platform's clock may be behind ours by this much. */
const clockSkewMs = 2 * 60_000

const rememberedTask = z.omit(taskSchema, { title: true, body: true })
const rememberedNote = z.omit(noteSchema, { body: true })

/**
 * Runs tags, task and note side by side. Each is written down as open before it is tried and again when it has ended,
 * so that a repeat, also after a crash, knows what to look for before it makes anything again.
 */
export function createPartRunner(parts: WrapUpParts & { now: () => number; logger: Logger }) {
  const { tagService, taskService, noteService, wrapUpRepository, now, logger } = parts

  return async (
    session: Session,
    contactId: string,
    key: WrapUpKey,
    input: WrapUp,
    known: PartStates,
    settle: Settle,
  ) => {
    const once = <T>(part: Part<T>) => settle(() => runOnce(part))

    async function runOnce<T>(part: Part<T>): Promise<T> {
      const { name, asked, run, findTwin, remember, recall } = part
      const hash = createHash('sha256').update(JSON.stringify(asked)).digest('base64url')
      const before = known[name]
      if (before?.state === 'done') {
        if (before.hash === hash) return recall(before.result)
        throw new AppError('conflict', 'This Idempotency-Key was used for something else.')
      }
      const open = before?.state === 'unknown' && before.hash === hash ? before : undefined
      const startedAt = open?.startedAt ?? now()
      await wrapUpRepository.recordPart(key, name, { hash, state: 'unknown', startedAt })
      const end = (state: PartState['state'], result?: unknown) =>
        recordEnd(key, name, { hash, state, startedAt, ...(result === undefined ? {} : { result }) })
      try {
        const result = (open && (await lookForTwin(part, startedAt))) ?? (await run())
        await end('done', remember(result))
        return result
      } catch (error) {
        if (!isProvablyUndone(error)) throw error
        // That this try did nothing does not say what became of the one before, unless that was looked for.
        if (open && !findTwin) throw stillUnknown(error)
        await end('failed')
        throw error
      }
    }

    /** Where it cannot be looked for, the earlier try stays as unknown as it was. */
    async function lookForTwin<T>({ findTwin }: Part<T>, startedAt: number): Promise<T | undefined> {
      try {
        return await findTwin?.(startedAt)
      } catch (error) {
        throw stillUnknown(error)
      }
    }

    /** What happened stays true when it cannot be written down: the part then stays open. */
    async function recordEnd(partKey: WrapUpKey, name: keyof PartStates, state: PartState): Promise<void> {
      try {
        await wrapUpRepository.recordPart(partKey, name, state)
      } catch (error) {
        logger.error({ err: error, locationId: partKey.locationId }, 'a wrap-up part could not be recorded')
      }
    }

    const { addTags = [], removeTags = [], task, note } = input
    const [tagsPart, taskPart, notePart] = await Promise.all([
      addTags.length + removeTags.length === 0
        ? undefined
        : once<ContactTagsAnswer>({
            name: 'tags',
            asked: [addTags, removeTags],
            run: async () => ({
              tags: await tagService.change(session, contactId, { add: addTags, remove: removeTags }),
            }),
            remember: (result) => result,
            recall: (remembered) => contactTagsAnswerSchema.parse(remembered),
          }),
      task &&
        once<Task>({
          name: 'task',
          asked: task,
          run: () => taskService.create(session, contactId, task),
          // The platform tells no time of making; one that is the same in everything is what was asked for.
          findTwin: async () =>
            (await taskService.list(session, contactId)).find((twin) => isSameTask(twin, task)),
          remember: (result) => rememberedTask.parse(result),
          recall: (remembered) => ({
            ...rememberedTask.parse(remembered),
            title: task.title,
            body: task.body ?? '',
          }),
        }),
      note &&
        once<Note>({
          name: 'note',
          asked: note,
          run: () => noteService.create(session, contactId, note),
          findTwin: async (startedAt) =>
            (await noteService.list(session, contactId)).find(
              (twin) => twin.body === note.body && Date.parse(twin.at) >= startedAt - clockSkewMs,
            ),
          remember: (result) => rememberedNote.parse(result),
          recall: (remembered) => ({ ...rememberedNote.parse(remembered), body: note.body }),
        }),
    ])
    return {
      ...(tagsPart ? { tags: tagsPart } : {}),
      ...(taskPart ? { task: taskPart } : {}),
      ...(notePart ? { note: notePart } : {}),
    }
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

function stillUnknown(cause: unknown): AppError {
  return new AppError(
    'outcome_unknown',
    'The CRM did not confirm this earlier, and could not be asked now: it may or may not have happened.',
    { cause },
  )
}
