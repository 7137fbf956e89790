import type { AuditAction } from '../../shared/audit-contract.ts'
import { createBatcher } from '../batcher.ts'
import { AppError, isUndoneBy } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { currentContext } from '../request-context.ts'
import type { Session } from '../session/session.ts'
import type { AuditEnd, AuditRepository, NewAuditRow } from './audit-repository.ts'

export type AuditedAction = {
  session: Pick<Session, 'locationId' | 'userId'>
  /** Null for what concerns the whole location. */
  contactId: string | null
  action: AuditAction
  /** The platform's id of what is changed, where it exists already. */
  reference?: string
  /** A ledger of its own holds the action before it is tried, so it is enough to write down how it ended. */
  inLedger?: boolean
}

/** What only the result of an action tells. */
export type Told = {
  reference?: string
  /** The codes of its parts that failed. */
  failures?: string[]
}

/**
 * Runs an action and writes down who did it and how it ended; its result or error is the action's own.
 */
export type Audited = <T>(
  about: AuditedAction,
  run: () => Promise<T>,
  tell?: (result: T) => Told,
) => Promise<T>

/**
 * Each action is written down as `unknown` before it is tried, and again when it has ended: after a crash it stays
 * `unknown`. What cannot be written down is logged, and hinders nobody.
 */
export function createAuditLog(parts: {
  repository: AuditRepository
  logger: Logger
  now: () => number
}): Audited {
  const { repository, logger, now } = parts
  const writeWithOthers = createBatcher<NewAuditRow, void>({
    runAll: async (rows) => {
      await repository.insertAll(rows)
      return rows.map(() => {})
    },
    maxRows: 500,
  })

  async function attempt<T>(row: NewAuditRow, write: () => Promise<T>): Promise<T | undefined> {
    try {
      return await write()
    } catch (error) {
      const { locationId, action, outcome } = row
      logger.error({ err: error, locationId, action, outcome }, 'an audit entry could not be written')
      return undefined
    }
  }

  async function end(row: NewAuditRow, id: number | undefined, known: AuditEnd): Promise<void> {
    const ended = { ...row, ...known }
    await attempt(ended, () => (id === undefined ? writeWithOthers(ended) : repository.end(id, known)))
  }

  return async (about, run, tell) => {
    const row: NewAuditRow = {
      locationId: about.session.locationId,
      userId: about.session.userId,
      contactId: about.contactId,
      action: about.action,
      outcome: 'unknown',
      code: null,
      reference: about.reference ?? null,
      requestId: currentContext()?.requestId ?? null,
      at: new Date(now()),
    }
    const id = about.inLedger ? undefined : await attempt(row, () => repository.begin(row))
    const endWith = (failures: string[], reference = row.reference) =>
      end(row, id, { ...endOf(failures), reference })
    let result
    try {
      result = await run()
    } catch (error) {
      await endWith([error instanceof AppError ? error.code : 'internal'])
      throw error
    }
    const { failures = [], reference } = tell?.(result) ?? {}
    await endWith(failures, reference)
    return result
  }
}

/** What may have happened counts before what did not. */
function endOf(failures: readonly string[]): Pick<AuditEnd, 'outcome' | 'code'> {
  const open = failures.find((code) => !isUndoneBy(code))
  if (open !== undefined) return { outcome: 'unknown', code: open }
  return failures[0] === undefined
    ? { outcome: 'done', code: null }
    : { outcome: 'failed', code: failures[0] }
}
