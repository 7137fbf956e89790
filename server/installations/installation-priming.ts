import type { Logger } from '../logger.ts'
import type { InstallationRepository } from './installation-repository.ts'
import type { LocationProfiles } from './location-profile.ts'

/** Those used last are those that are opened next. */
const primedLocations = 20

/**
 * Without it, the first click after a start would wait for what a running app knows already: the location's row and
 * profile, its pace, and its tokens, which may have died meanwhile.
 */
export function createInstallationPriming(parts: {
  repository: Pick<InstallationRepository, 'listFreshest' | 'findRecent'>
  profiles: Pick<LocationProfiles, 'of'>
  logger: Logger
}) {
  const { repository, profiles, logger } = parts

  /** What is in the way of one is told to whoever opens it. */
  async function primeOne(locationId: string): Promise<void> {
    try {
      const installation = await repository.findRecent({ kind: 'location', locationId })
      if (installation?.status === 'active') await profiles.of(installation)
    } catch (error) {
      logger.debug({ err: error, locationId }, 'location not primed')
    }
  }

  return async (): Promise<void> => {
    await Promise.all((await repository.listFreshest(primedLocations)).map(primeOne))
  }
}
