import type { HighLevelClient } from './platform-client.ts'
import { nothing } from './platform-fields.ts'
import { platformPath } from './platform-path.ts'

const version = '2021-07-28'

export type MarketplaceApi = ReturnType<typeof createMarketplaceApi>

/** @see https://marketplace.gohighlevel.com/docs/ghl/marketplace/uninstall-application */
export function createMarketplaceApi(client: HighLevelClient, { appId }: { appId: string }) {
  return {
    /** Takes the app out of one location. */
    async uninstallLocation(locationId: string, reason: string): Promise<void> {
      await client.call({
        owner: { kind: 'location', locationId },
        version,
        method: 'DELETE',
        path: platformPath`/marketplace/app/${appId}/installations`,
        body: { locationId, reason },
        answer: nothing,
      })
    },
  }
}
