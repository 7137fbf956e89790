import type { TokenOwner } from '../highlevel/token-source.ts'
import type { Logger } from '../logger.ts'
import { hasCode } from './installation-errors.ts'
import { ownerOf } from './installation-owner.ts'
import { isUnreadable, type TokenSealer } from './token-sealer.ts'
import { createTaskLimit } from './task-limit.ts'
import type { TokenVault } from './token-vault.ts'
import type { InstallationIdentity, UpkeepRepository } from './upkeep-repository.ts'

const dayMs = 24 * 3600_000
/**
 * A refresh token that is not used for a year dies. It is used after 30 to 60 days, each installation on a day of its
 * own, which leaves ten months for whatever is in the way.
 */
const idleDays = { least: 30, spread: 30 }
const pageSize = 100
const unsettledPage = 200
const settledAtOnce = 20
/** As many as the vault refreshes at a time. */
const settledTogether = 6
/** For as long as the platform may still give the pair that was lost, and a little longer. */
const settleWithinMs = 2 * 60_000
/** So many failures in a row that may pass mean that the platform is down: the run is given up for now. */
const failuresOfOutage = 5
/** A process that still seals under an older key is found out by the pass after. */
const cleanPassesOfProof = 2

/** What a pass over what is sealed found to do; `changed`: somebody else was faster. */
export type ResealCount = { resealed: number; unreadable: number; changed: number }

export type InstallationUpkeep = ReturnType<typeof createInstallationUpkeep>

/** What keeps installations alive that nobody looks at. */
export function createInstallationUpkeep(parts: {
  repository: UpkeepRepository
  vault: Pick<TokenVault, 'renew' | 'settle'>
  sealer: Pick<TokenSealer, 'reseal' | 'newestPrefix' | 'hasOlderKeys'>
  /** Does the same to what else is sealed with these keys. */
  resealOthers: (stopped: AbortSignal) => Promise<ResealCount>
  logger: Logger
  now: () => number
}) {
  const { repository, vault, sealer, resealOthers, logger, now } = parts
  /** By installation, when its refresh was last tried to be settled. */
  let triedAt = new Map<string, number>()
  let cleanPasses = 0

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
      const isOwn = isUnreadable(failure) || hasCode(failure, 'reconnect_required', 'location_suspended')
      const isAnswer = failure === undefined || isOwn
      count[failure === undefined ? 'refreshed' : isAnswer ? 'ended' : 'failed'] += 1
      failuresInRow = isAnswer ? 0 : failuresInRow + 1
      if (failuresInRow >= failuresOfOutage) throw failure
    }
    if (count.refreshed + count.ended + count.failed > 0)
      logger.info(count, 'refreshed installations that nobody used')
  }

  /** Ends what a process that is gone began: the platform gives the same new pair for half a minute only. */
  async function settleRefreshes(stopped: AbortSignal): Promise<void> {
    const limited = createTaskLimit(settledTogether)
    const since = new Date(now() - settleWithinMs)
    const unsettled = await repository.listUnsettled(since, unsettledPage)
    // Those that keep failing do not hold back the others, whose time runs out.
    triedAt = new Map(unsettled.map(({ id }) => [id, triedAt.get(id) ?? 0]))
    const rows = unsettled
      .toSorted((one, other) => (triedAt.get(one.id) ?? 0) - (triedAt.get(other.id) ?? 0))
      .slice(0, settledAtOnce)
    for (const { id } of rows) triedAt.set(id, performance.now())
    const settle = async (row: InstallationIdentity) =>
      stopped.aborted ? undefined : tried(vault.settle, row)
    const outcomes = await Promise.all(rows.map((row) => limited(() => settle(row))))
    const failures = outcomes.filter(Boolean)
    if (rows.length > 0)
      logger.warn(
        { found: rows.length, failed: failures.length, err: failures[0] },
        'refreshes without an outcome were tried again',
      )
  }

  /** Seals under the newest key what older ones have sealed; afterwards those can be dropped. */
  async function resealTokens(stopped: AbortSignal): Promise<void> {
    const count = { ...(await resealOthers(stopped)) }
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
        count[isReplaced ? 'resealed' : 'changed'] += 1
      }, row)
      if (failure !== undefined && !isUnreadable(failure)) throw failure
      if (failure !== undefined) count.unreadable += 1
    }
    tellOfPass(count)
  }

  function tellOfPass(count: ResealCount): void {
    if (count.unreadable > 0) logger.warn(count, 'stored tokens are sealed with a key that is not configured')
    else if (count.resealed > 0) logger.info(count, 'sealed stored tokens under the newest key')
    const isClean = count.resealed + count.unreadable + count.changed === 0
    cleanPasses = isClean ? cleanPasses + 1 : 0
    if (cleanPasses === cleanPassesOfProof && sealer.hasOlderKeys)
      logger.info('every stored token is sealed under the newest key: the older keys are no longer needed')
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
