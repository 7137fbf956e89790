import type { ResealCount } from '../installations/installation-upkeep.ts'
import { type CredentialSealer, isUnreadable } from './credential-sealer.ts'
import type { CredentialUpkeepRepository } from './credential-upkeep-repository.ts'

const pageSize = 100

/** What keeps stored credentials readable, and forgets those that nobody may use any more. */
export function createCredentialUpkeep(parts: {
  repository: CredentialUpkeepRepository
  sealer: Pick<CredentialSealer, 'reseal' | 'newestPrefix'>
  forgetLocation: (locationId: string) => Promise<unknown>
}) {
  const { repository, sealer, forgetLocation } = parts

  /** Seals under the newest key what older ones have sealed. */
  async function reseal(stopped: AbortSignal): Promise<ResealCount> {
    const count = { resealed: 0, unreadable: 0, changed: 0 }
    for (let afterId = ''; ;) {
      const page = await repository.listSealedOtherwise(sealer.newestPrefix, afterId, pageSize)
      for (const connection of page) {
        if (stopped.aborted) return count
        try {
          const isReplaced = await repository.replaceSealed(
            connection.id,
            connection,
            sealer.reseal(connection),
          )
          count[isReplaced ? 'resealed' : 'changed'] += 1
        } catch (error) {
          if (!isUnreadable(error)) throw error
          count.unreadable += 1
        }
      }
      const last = page.at(-1)
      if (!last) return count
      afterId = last.id
    }
  }

  /** A process may have ended between the uninstall of many locations and the forgetting. */
  async function forgetUninstalled(): Promise<void> {
    for (const locationId of await repository.listUninstalled()) await forgetLocation(locationId)
  }

  return {
    async pass(stopped: AbortSignal): Promise<ResealCount> {
      await forgetUninstalled()
      return reseal(stopped)
    },
  }
}
