import type { WrapUp, WrapUpAnswer } from '../../shared/wrap-up-contract.ts'
import type { Audited } from '../audit/audit-log.ts'
import type { ContactAccess, KnownContact } from '../contacts/contact-access.ts'
import { AppError } from '../errors.ts'
import { toAppError } from '../thrown-errors.ts'
import type { Logger } from '../logger.ts'
import type { MessageService } from '../messages/message-service.ts'
import type { NoteService } from '../notes/note-service.ts'
import type { Session } from '../session/session.ts'
import type { TagService } from '../tags/tag-service.ts'
import type { TaskService } from '../tasks/task-service.ts'
import { createPartLedger, type Part } from './part-ledger.ts'
import { notePart, tagsPart, taskPart } from './wrap-up-parts.ts'
import type { ClaimedWrapUp, PartStates, WrapUpKey, WrapUpRepository } from './wrap-up-repository.ts'

/** Longer than any request may live. */
const leaseMs = 35_000

/** A wrap-up that nobody else works on meanwhile; `known`: what earlier tries came to. */
type Claimed = {
  session: Session
  contactId: string
  key: WrapUpKey
  known: PartStates
  seen: KnownContact
}

export type WrapUpService = ReturnType<typeof createWrapUpService>

/**
 * All that finishes a contact, at once. Each part succeeds or fails for itself; under the same key only what failed or
 * is unknown is done again, except a text of unknown outcome: the ledger of messages never sends that again.
 */
export function createWrapUpService(parts: {
  access: ContactAccess
  audited: Audited
  messageService: MessageService
  tagService: TagService
  taskService: TaskService
  noteService: NoteService
  wrapUpRepository: WrapUpRepository
  now: () => number
  pause: (ms: number) => Promise<void>
  logger: Logger
}) {
  const { access, audited, wrapUpRepository, pause, logger } = parts
  const runOnce = createPartLedger(parts)

  function wrapUp(
    session: Session,
    contactId: string,
    idempotencyKey: string,
    input: WrapUp,
  ): Promise<WrapUpAnswer> {
    const run = () => wrapUpOnce(session, contactId, idempotencyKey, input)
    return audited({ session, contactId, action: 'wrap_up' }, run, ({ parts: ended }) => ({
      failures: Object.values(ended).flatMap((part) => (part?.ok === false ? [part.error.code] : [])),
    }))
  }

  async function wrapUpOnce(
    session: Session,
    contactId: string,
    idempotencyKey: string,
    input: WrapUp,
  ): Promise<WrapUpAnswer> {
    const seen = (await access.ensure(session, contactId)) ?? {
      contact: await access.load(session, contactId),
      isCurrent: true,
    }
    const key = { locationId: session.locationId, idempotencyKey }
    const claimed = await claim(session, contactId, key)
    try {
      return { parts: await runAll({ session, contactId, key, known: claimed.parts, seen }, input) }
    } finally {
      await wrapUpRepository.release(key).catch((error: unknown) => {
        logger.error({ err: error, locationId: key.locationId }, 'wrap-up could not be released')
      })
    }
  }

  /** Side by side. */
  async function runAll({ session, contactId, key, known, seen }: Claimed, input: WrapUp) {
    const { message, addTags = [], removeTags = [], task, note } = input
    const whose = { session, contactId }
    const once = <T>(part: Part<T> | undefined) => part && settle(() => runOnce(key, known, part))
    // The prefix keeps the key apart from one that the same page uses for a text alone.
    const textKey = `wrap-up:${key.idempotencyKey}`
    const [text, tags, followUp, noted] = await Promise.all([
      message && settle(() => parts.messageService.send(session, contactId, textKey, message, seen)),
      once(tagsPart(parts.tagService, whose, [addTags, removeTags])),
      once(task && taskPart(parts.taskService, whose, task)),
      once(note && notePart(parts.noteService, whose, note)),
    ])
    return {
      ...(text ? { message: text } : {}),
      ...(tags ? { tags } : {}),
      ...(followUp ? { task: followUp } : {}),
      ...(noted ? { note: noted } : {}),
    }
  }

  async function claim(session: Session, contactId: string, key: WrapUpKey): Promise<ClaimedWrapUp> {
    for (;;) {
      const claimed = await wrapUpRepository.claim(key, { contactId, userId: session.userId }, leaseMs)
      if (claimed) {
        if (claimed.contactId === contactId) return claimed
        await wrapUpRepository.release(key)
        throw new AppError('conflict', 'This Idempotency-Key was used for another contact.')
      }
      await pause(100)
    }
  }

  /** One part's failure is its own result; one log line each. */
  async function settle<T>(run: () => Promise<T>): Promise<Settled<T>> {
    try {
      return { ok: true, result: await run() }
    } catch (thrown) {
      const error = toAppError(thrown)
      logger[error.status >= 500 ? 'error' : 'info']({ err: error, code: error.code }, 'wrap-up part failed')
      const { code, message, details } = error
      return { ok: false, error: { code, message, ...(details === undefined ? {} : { details }) } }
    }
  }

  return { wrapUp }
}

export type Settled<T> =
  { ok: true; result: T } | { ok: false; error: { code: string; message: string; details?: unknown } }
