import { createHash } from 'node:crypto'
import { AppError, isProvablyUndone } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { PartState, PartStates, WrapUpKey, WrapUpRepository } from './wrap-up-repository.ts'

/** One part of a wrap-up, and how a repeat knows what became of it. */
export type Part<T> = {
  name: keyof PartStates
  asked: unknown
  run: () => Promise<T>
  /** What an earlier try whose outcome nobody knows may have made after all. */
  findTwin?: (startedAt: number) => Promise<T | undefined>
  /** What is remembered of a result: no text, since a repeat brings that along. */
  remember: (result: T) => unknown
  recall: (remembered: unknown) => T
}

/**
 * Runs a part once per key: it is written down as open before it is tried and again when it has ended, so that a
 * repeat, also after a crash, knows what to look for before it makes anything again.
 */
export function createPartLedger(parts: {
  wrapUpRepository: Pick<WrapUpRepository, 'recordPart'>
  now: () => number
  logger: Logger
}) {
  const { wrapUpRepository, now, logger } = parts

  /** What happened stays true when it cannot be written down: the part then stays open. */
  async function recordEnd(key: WrapUpKey, name: keyof PartStates, state: PartState): Promise<void> {
    try {
      await wrapUpRepository.recordPart(key, name, state)
    } catch (error) {
      logger.error({ err: error, locationId: key.locationId }, 'a wrap-up part could not be recorded')
    }
  }

  /** @param known what earlier tries under this key came to */
  return async function runOnce<T>(key: WrapUpKey, known: PartStates, part: Part<T>): Promise<T> {
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
    try {
      const result = (open && (await lookForTwin(part, startedAt))) ?? (await run())
      await recordEnd(key, name, { hash, state: 'done', startedAt, result: remember(result) })
      return result
    } catch (error) {
      if (!isProvablyUndone(error)) throw error
      // That this try did nothing does not say what became of the one before, unless that was looked for.
      if (open && !findTwin) throw stillUnknown(error)
      await recordEnd(key, name, { hash, state: 'failed', startedAt })
      throw error
    }
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

function stillUnknown(cause: unknown): AppError {
  return new AppError(
    'outcome_unknown',
    'The CRM did not confirm this earlier, and could not be asked now: it may or may not have happened.',
    { cause },
  )
}
