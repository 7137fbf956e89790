import type { TokenOwner } from '../highlevel/token-source.ts'
import type { Logger } from '../logger.ts'
import { hasCode } from './installation-errors.ts'
import { ownerOf } from './installation-owner.ts'
import type { TokenSealer } from './token-sealer.ts'
import type { TokenVault } from './token-vault.ts'
import type { InstallationIdentity, UpkeepRepository } from './upkeep-repository.ts'

const dayMs = 24 * 3600_000
/**
 * A refresh token that is not used for a year dies. It is used after 30 to 60 days, each installation on a day of its
 * own, which leaves ten months for whatever is in the way.
 */
const idleDays = { least: 30, spread: 30 }
const pageSize = 100
const settledAtOnce = 20
/** For as long as the platform may still give the pair that was lost, and a little longer. */
const settleWithinMs = 2 * 60_000
/** So many failures in a row that may pass mean that the platform is down: the run is given up for now. */
const failuresOfOutage = 5

export type InstallationUpkeep = ReturnType<typeof createInstallationUpkeep>

/** What keeps installations alive that nobody looks at. */
export function createInstallationUpkeep(parts: {
  repository: UpkeepRepository
  vault: Pick<TokenVault, 'renew' | 'settle'>
  sealer: Pick<TokenSealer, 'reseal' | 'newestPrefix'>
  logger: Logger
  now: () => number
}) {
  const { repository, vault, sealer, logger, now } = parts

  /** @returns whether it worked, or what is in the way of this one only */
  async function tried(work: (owner: TokenOwner) => Promise<void>, row: InstallationIdentity) {
    try {
      await work(ownerOf(row))
      return undefined
    } catch (error) {
      return error
    }
  }

  /** @throws what the platform answered last, when it seems to be down */
  async function refreshIdle(): Promise<void> {
    const before = new Date(now() - idleDays.least * dayMs)
    const count = { refreshed: 0, ended: 0, failed: 0 }
    let failuresInRow = 0
    for await (const row of pages((afterId) =>
      repository.listIdle(before, idleDays.spread, afterId, pageSize),
    )) {
      const failure = await tried(vault.renew, row)
      const isAnswer = failure === undefined || hasCode(failure, 'reconnect_required', 'location_suspended')
      count[failure === undefined ? 'refreshed' : isAnswer ? 'ended' : 'failed'] += 1
      failuresInRow = isAnswer ? 0 : failuresInRow + 1
      if (failuresInRow >= failuresOfOutage) throw failure
    }
    if (count.refreshed + count.ended + count.failed > 0)
      logger.info(count, 'refreshed installations that nobody used')
  }

  /** Ends what a process that is gone began: the platform gives the same new pair for half a minute only. */
  async function settleRefreshes(): Promise<void> {
    const since = new Date(now() - settleWithinMs)
    const rows = await repository.listUnsettled(since, settledAtOnce)
    const failures = (await Promise.all(rows.map((row) => tried(vault.settle, row)))).filter(Boolean)
    if (rows.length > 0)
      logger.warn(
        { found: rows.length, failed: failures.length, err: failures[0] },
        'refreshes without an outcome were tried again',
      )
  }

  /** Seals under the newest key what older ones have sealed; afterwards those can be dropped. */
  async function resealTokens(stopped: AbortSignal): Promise<void> {
    const count = { resealed: 0, unreadable: 0 }
    for await (const row of pages((afterId) =>
      repository.listSealedOtherwise(sealer.newestPrefix, afterId, pageSize),
    )) {
      if (stopped.aborted) return
      const { accessToken, refreshToken } = row
      const failure = await tried(async (owner) => {
        const isReplaced = await repository.replaceSealed(
          row.id,
          { accessToken, refreshToken },
          sealer.reseal(owner, row),
        )
        // Where not, a refresh was faster.
        if (isReplaced) count.resealed += 1
      }, row)
      if (failure !== undefined && !hasCode(failure, 'reconnect_required')) throw failure
      if (failure !== undefined) count.unreadable += 1
    }
    if (count.unreadable > 0) logger.warn(count, 'stored tokens are sealed with a key that is not configured')
    else if (count.resealed > 0) logger.info(count, 'sealed stored tokens under the newest key')
  }

  return { refreshIdle, settleRefreshes, resealTokens }
}

async function* pages<Row extends { id: string }>(
  list: (afterId: string) => Promise<Row[]>,
): AsyncGenerator<Row> {
  for (let afterId = ''; ;) {
    const rows = await list(afterId)
    yield* rows
    const last = rows.at(-1)
    if (!last) return
    afterId = last.id
  }
}
