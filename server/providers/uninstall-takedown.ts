import type { ConnectionWebhooks } from './connection-webhooks.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'

/** Of one location, or of all that are a company's. */
export type UninstallScope = { locationId: string } | { companyId: string }

/**
 * An uninstall forgets the connections and their credentials; whoever knew them before can still take down what they
 * had set up. A process that ends in between leaves that standing: it calls an address that nobody has any more.
 */
export function createUninstallTakedown(parts: {
  repository: Pick<ProviderConnectionRepository, 'listOf' | 'listOfCompany' | 'findById'>
  takeDown: ConnectionWebhooks['takeDown']
  /** Runs a few at a time: a company may have thousands. */
  limited: <T>(task: () => Promise<T>) => Promise<T>
}) {
  const { repository, takeDown, limited } = parts

  const listOf = (scope: UninstallScope): Promise<StoredConnection[]> =>
    'locationId' in scope ? repository.listOf(scope.locationId) : repository.listOfCompany(scope.companyId)

  return async function aroundUninstall<T>(scope: UninstallScope, uninstall: () => Promise<T>): Promise<T> {
    const before = await listOf(scope)
    const result = await uninstall()
    await Promise.all(
      before.map((connection) =>
        limited(async () => {
          if (!(await repository.findById(connection.id))) await takeDown(connection)
        }),
      ),
    )
    return result
  }
}
