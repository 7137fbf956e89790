import type { Logger } from '../logger.ts'
import type { AdapterFactory } from './adapter-factory.ts'
import { carrierTitles, notConnected, webhooksFailed } from './connection-words.ts'
import type { ProviderAdapter } from './provider-adapter.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'
import type { WebhookAddress } from './webhook-address.ts'

export type ConnectionWebhooks = ReturnType<typeof createConnectionWebhooks>

/** Has other systems report to us, and no longer. */
export function createConnectionWebhooks(parts: {
  repository: Pick<ProviderConnectionRepository, 'setWebhookIds' | 'noteFailure'>
  adapters: Pick<AdapterFactory, 'forConnection'>
  webhookAddress: WebhookAddress
  logger: Logger
}) {
  const { repository, adapters, webhookAddress, logger } = parts

  /** What fails here leaves the connection as it is: texts go out, and it says what to do about the rest. */
  async function setUp(connection: StoredConnection): Promise<void> {
    const adapter = adapters.forConnection(connection)
    if (!adapter.capabilities.has('webhookApi')) return
    const ids = await registered(adapter, connection)
    if (ids === undefined || (await repository.setWebhookIds(connection.id, ids))) return
    await adapter.removeWebhooks(ids, webhookAddress.of(connection))
    throw notConnected(connection.carrier)
  }

  async function registered(
    adapter: ProviderAdapter,
    connection: StoredConnection,
  ): Promise<string[] | undefined> {
    const { id, carrier, locationId } = connection
    try {
      return await adapter.registerWebhooks({
        url: webhookAddress.withSecret(connection),
        name: `Wrapup ${id.slice(0, 8)}`,
        alertEmail: connection.carrier === 'bulksms' ? connection.settings.alertEmail : '',
      })
    } catch (error) {
      logger.warn({ err: error, locationId, carrier }, 'webhooks of another system could not be set up')
      await repository.noteFailure(id, webhooksFailed(carrier, error))
      return undefined
    }
  }

  /** The account that was connected before shall not call any more. */
  async function leaveAccount(before: StoredConnection, connection: StoredConnection): Promise<void> {
    const leftovers = await takeDown(before)
    if (leftovers.length === 0) return
    const message = `Something of Wrapup is left in the ${carrierTitles[before.carrier]} account that was connected before.`
    await repository.noteFailure(connection.id, { message, advice: leftovers.join(' ') })
  }

  /** @returns in words what stays over there */
  async function takeDown(connection: StoredConnection): Promise<string[]> {
    const { carrier, locationId, webhookIds } = connection
    const title = carrierTitles[carrier]
    if (carrier === 'heymarket') {
      const isSetUp = connection.webhookSecret !== null || connection.webhookCalledAt !== null
      return isSetUp ? [`The webhook in ${title} was set up by hand. Delete it there, too.`] : []
    }
    try {
      const url = webhookAddress.of(connection)
      return await adapters.forConnection(connection).removeWebhooks(webhookIds, url)
    } catch (error) {
      logger.warn({ err: error, locationId, carrier }, 'webhooks of another system could not be taken down')
      return [`Wrapup's webhooks are still set up in ${title}. Delete them in its settings.`]
    }
  }

  return { setUp, takeDown, leaveAccount }
}
