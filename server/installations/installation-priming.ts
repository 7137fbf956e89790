import { randomUUID } from 'node:crypto'
import type { Logger } from '../logger.ts'
import { runWithContext } from '../request-context.ts'
import type { InstallationRepository } from './installation-repository.ts'
import type { LocationProfiles } from './location-profile.ts'
import { createTaskLimit } from './task-limit.ts'

const primedLocations = 20
/** Fewer than the vault refreshes at a time: whoever opens another location meanwhile does not wait for all these. */
const primedTogether = 2
const primeWithinMs = 20_000

/**
 * Without it, the first click after a start would wait for what a running app knows already: the location's profile,
 * its pace, and its tokens, which may have died meanwhile. For those locations that were connected or refreshed last.
 */
export function createInstallationPriming(parts: {
  repository: Pick<InstallationRepository, 'listFreshest' | 'findRecent'>
  profiles: Pick<LocationProfiles, 'of'>
  logger: Logger
}) {
  const { repository, profiles, logger } = parts
  const limited = createTaskLimit(primedTogether)
  let isStopped = false

  /** What is in the way of one is told to whoever opens it. */
  async function primeOne(locationId: string): Promise<void> {
    if (isStopped) return
    const deadlineAt = performance.now() + primeWithinMs
    const context = { requestId: randomUUID(), deadlineAt, priority: 'background' } as const
    try {
      await runWithContext(context, async () => {
        const installation = await repository.findRecent({ kind: 'location', locationId })
        if (installation?.status === 'active') await profiles.of(installation)
      })
    } catch (error) {
      logger.debug({ err: error, locationId }, 'location not primed')
    }
  }

  return {
    async run(): Promise<void> {
      const locationIds = await repository.listFreshest(primedLocations)
      await Promise.all(locationIds.map((id) => limited(() => primeOne(id))))
    },

    /** Begins with no more. */
    stop(): void {
      isStopped = true
    },
  }
}
