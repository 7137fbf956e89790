import type {
  CarrierName,
  CheckProvider,
  ConnectProvider,
  ProviderAccount,
  ProviderConnection,
  ProviderName,
  ProvidersAnswer,
} from '../../shared/provider-contract.ts'
import { providerNames } from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import type { Session } from '../session/session.ts'
import { type AdapterFactory, capabilitiesOf } from './adapter-factory.ts'
import type { ConnectionSetup } from './connection-setup.ts'
import { carrierBroken, carrierTitles, notConnected } from './connection-words.ts'
import type { ProviderActivityRepository } from './provider-activity-repository.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'
import type { WebhookAddress } from './webhook-address.ts'

const recentMs = 24 * 3_600_000
const nothing: ProviderConnection['recent'] = { sent: 0, delivered: 0, failed: 0, received: 0 }

export type ProviderConnectionService = ReturnType<typeof createProviderConnectionService>

/** What the page shows and changes of the systems that carry a location's texts. */
export function createProviderConnectionService(parts: {
  repository: ProviderConnectionRepository
  activity: ProviderActivityRepository
  adapters: AdapterFactory
  setup: ConnectionSetup
  webhookAddress: WebhookAddress
  now: () => number
}) {
  const { repository, activity, adapters, setup, webhookAddress, now } = parts

  async function required(locationId: string, carrier: CarrierName): Promise<StoredConnection> {
    const connection = await repository.find(locationId, carrier)
    if (!connection) throw notConnected(carrier)
    return connection
  }

  /** Everybody is told what can be used; how it is connected, admins alone. */
  async function describe({ locationId, role }: Session): Promise<ProvidersAnswer> {
    const stored = await repository.listOf(locationId)
    const shown = role === 'admin' ? await describeAll(locationId, stored) : []
    const ofProvider = (provider: ProviderName) => {
      const connection = stored.find(({ carrier }) => carrier === provider)
      return {
        provider,
        capabilities: [...capabilitiesOf[provider]],
        isConnected: provider === 'crm' || connection !== undefined,
        isBroken: connection?.status === 'broken',
        connection: shown.find(({ carrier }) => carrier === provider) ?? null,
      }
    }
    return { providers: providerNames.map(ofProvider), chosen: await repository.chosen(locationId) }
  }

  async function describeAll(
    locationId: string,
    stored: readonly StoredConnection[],
  ): Promise<ProviderConnection[]> {
    if (stored.length === 0) return []
    const recent = await activity.countSince(locationId, new Date(now() - recentMs))
    return stored.map((connection) => toAnswer(connection, recent.get(connection.carrier) ?? nothing))
  }

  function toAnswer(connection: StoredConnection, recent: ProviderConnection['recent']): ProviderConnection {
    const { carrier, status, settings, credentialHint, credits, connectedAt } = connection
    const { webhookSecret, webhookCalledAt } = connection
    return {
      carrier,
      status,
      settings,
      credentialHint,
      credits,
      connectedAt: connectedAt.toISOString(),
      lastError: lastErrorOf(connection),
      webhookSetup: capabilitiesOf[carrier].has('webhookApi')
        ? null
        : {
            url: webhookAddress.of(connection),
            hasToken: webhookSecret !== null,
            hasBeenCalled: webhookCalledAt !== null,
          },
      recent,
    }
  }

  /** @throws {AppError} `rejected` where the system does not take them */
  const check = (credentials: CheckProvider): Promise<ProviderAccount> =>
    adapters.forCredentials(credentials).checkCredentials()

  async function account({ locationId }: Session, carrier: CarrierName): Promise<ProviderAccount> {
    return setup.accountOf(await required(locationId, carrier))
  }

  async function connect({ locationId }: Session, input: ConnectProvider): Promise<ProviderConnection> {
    const connection = await setup.connect(locationId, input)
    const [described] = await describeAll(locationId, [connection])
    if (!described) throw notConnected(input.carrier)
    return described
  }

  const disconnect = ({ locationId }: Session, carrier: CarrierName): Promise<string[]> =>
    setup.disconnect(locationId, carrier)

  async function choose({ locationId }: Session, provider: ProviderName): Promise<void> {
    if (provider !== 'crm') {
      const connection = await repository.find(locationId, provider)
      if (!connection) {
        throw new AppError('conflict', `${carrierTitles[provider]} is not connected. Connect it first.`)
      }
      if (connection.status === 'broken') throw carrierBroken(provider, connection.lastErrorMessage)
    }
    await repository.choose(locationId, provider)
  }

  return { describe, check, account, connect, disconnect, choose, required }
}

function lastErrorOf({
  lastErrorAt,
  lastErrorMessage,
  lastErrorAdvice,
}: StoredConnection): ProviderConnection['lastError'] {
  if (lastErrorAt === null || lastErrorMessage === null) return null
  return { at: lastErrorAt.toISOString(), message: lastErrorMessage, whatToDo: lastErrorAdvice ?? '' }
}
