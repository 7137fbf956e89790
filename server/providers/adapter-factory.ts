import type { CheckProvider, ProviderCapability, ProviderName } from '../../shared/provider-contract.ts'
import { bulksmsCapabilities, createBulksmsAdapter } from './bulksms-adapter.ts'
import type { CredentialSealer } from './credential-sealer.ts'
import { crmCapabilities } from './crm-adapter.ts'
import { createHeymarketAdapter, heymarketCapabilities } from './heymarket-adapter.ts'
import { createHeymarketContactsApi, type HeymarketContactsApi } from './heymarket-contacts-api.ts'
import { createHeymarketHttp } from './heymarket-http.ts'
import type { ProviderAdapter } from './provider-adapter.ts'
import type { StoredConnection } from './stored-connection.ts'

/** What each system can do, connected or not. */
export const capabilitiesOf: Readonly<Record<ProviderName, ReadonlySet<ProviderCapability>>> = {
  crm: crmCapabilities,
  heymarket: heymarketCapabilities,
  bulksms: bulksmsCapabilities,
}

export type AdapterFactory = ReturnType<typeof createAdapterFactory>

/** The adapter of a connection; the one place that knows all systems. */
export function createAdapterFactory(parts: {
  heymarketUrl: string
  bulksmsUrl: string
  sealer: Pick<CredentialSealer, 'openHeymarket' | 'openBulksms'>
  now: () => number
  random: () => number
}) {
  const { heymarketUrl, bulksmsUrl, sealer, now, random } = parts

  /** @throws {AppError} where the stored credentials cannot be opened */
  function forConnection(connection: StoredConnection): ProviderAdapter {
    return connection.carrier === 'heymarket'
      ? createHeymarketAdapter({
          baseUrl: heymarketUrl,
          credentials: sealer.openHeymarket(connection),
          settings: connection.settings,
          now,
          random,
        })
      : createBulksmsAdapter({
          baseUrl: bulksmsUrl,
          credentials: sealer.openBulksms(connection),
          settings: connection.settings,
        })
  }

  /** Before there are settings: good for asking what the credentials open, not for sending. */
  function forCredentials({ carrier, credentials }: CheckProvider): ProviderAdapter {
    return carrier === 'heymarket'
      ? createHeymarketAdapter({
          baseUrl: heymarketUrl,
          credentials,
          settings: { inboxId: 0, creatorId: 0 },
          now,
          random,
        })
      : createBulksmsAdapter({ baseUrl: bulksmsUrl, credentials, settings: { sender: null } })
  }

  /**
   * Heymarket's contacts by the credentials of that connection.
   * @throws {AppError} where the stored credentials cannot be opened
   */
  function contactsOf(connection: StoredConnection & { carrier: 'heymarket' }): HeymarketContactsApi {
    const credentials = sealer.openHeymarket(connection)
    const http = createHeymarketHttp({ baseUrl: heymarketUrl, credentials, now })
    return createHeymarketContactsApi({ http, sender: connection.settings })
  }

  return { forConnection, forCredentials, contactsOf }
}
