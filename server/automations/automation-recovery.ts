import type { Db, Transaction } from '../storage/database.ts'
import type { AutomationRunRepository } from './automation-run-repository.ts'

/** The tries of a job end sooner. */
const staleAfterMs = 2 * 3_600_000
/** A follow-up that comes later than this would surprise more than it helps. */
const givenUpAfterMs = 3 * 24 * 3_600_000

/** Follow-ups whose jobs were given up, as in a long outage of the platform, are tried again, but not for ever. */
export function createAutomationRecovery(parts: {
  db: Db
  runs: Pick<AutomationRunRepository, 'takeStale' | 'giveUp'>
  queueRuns: (locationId: string, runIds: readonly number[], transaction: Transaction) => Promise<void>
  now: () => number
}) {
  const { db, runs, queueRuns, now } = parts

  return async function resume(): Promise<void> {
    await db.transaction(async (tx) => {
      await runs.giveUp(new Date(now() - givenUpAfterMs), tx)
      const stale = await runs.takeStale(new Date(now() - staleAfterMs), tx)
      for (const [locationId, some] of Map.groupBy(stale, (run) => run.locationId)) {
        await queueRuns(
          locationId,
          some.map(({ id }) => id),
          tx,
        )
      }
    })
  }
}
