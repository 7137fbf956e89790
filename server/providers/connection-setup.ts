import type {
  CarrierName,
  CheckProvider,
  ConnectProvider,
  ProviderAccount,
} from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import type { AdapterFactory } from './adapter-factory.ts'
import type { ConnectionLock } from './connection-lock-repository.ts'
import { assertSettingsFit } from './connection-settings.ts'
import {
  areCredentialsRefused,
  credentialHint,
  credentialsRefused,
  notConnected,
} from './connection-words.ts'
import { type CredentialSealer, isUnreadable } from './credential-sealer.ts'
import type { NewConnection, ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'
import type { ConnectionWebhooks } from './connection-webhooks.ts'

export type ConnectionSetup = ReturnType<typeof createConnectionSetup>

/**
 * Connects other systems to a location and takes them off again. Credentials are tried before they are stored;
 * webhooks are set up after that, since the other system calls them at once.
 */
export function createConnectionSetup(parts: {
  repository: ProviderConnectionRepository
  withLock: ConnectionLock
  adapters: AdapterFactory
  sealer: CredentialSealer
  webhooks: ConnectionWebhooks
  newId: () => string
  newSecret: () => string
  now: () => number
}) {
  const { repository, withLock, adapters, sealer, webhooks, newId, newSecret, now } = parts

  /**
   * What the stored credentials open.
   * @throws {AppError} `rejected` where they are refused, which breaks the connection
   */
  async function accountOf(connection: StoredConnection): Promise<ProviderAccount> {
    try {
      return await adapters.forConnection(connection).checkCredentials()
    } catch (error) {
      if (areCredentialsRefused(error)) {
        await repository.markBroken(connection, credentialsRefused(connection.carrier))
      }
      throw error
    }
  }

  /** With credentials it connects that account, without them it changes the settings of what is connected. */
  async function connect(locationId: string, input: ConnectProvider): Promise<StoredConnection> {
    const given = givenCredentials(input)
    const seen = await repository.find(locationId, input.carrier)
    if (!given && !seen) throw credentialsMissing()
    const account = given
      ? await adapters.forCredentials(given).checkCredentials()
      : await accountOf(seen ?? raise(credentialsMissing()))
    assertSettingsFit(account, input)
    return withLock(locationId, input.carrier, async () => {
      const before = await repository.find(locationId, input.carrier)
      if (!given && before?.credentials !== seen?.credentials) throw changedMeanwhile()
      const row = rowOf(locationId, input, account, before)
      await repository.save(row)
      const connection = await repository.findById(row.id)
      if (!connection) throw changedMeanwhile()
      await webhooks.setUp(connection)
      if (before && before.id !== connection.id) await webhooks.leaveAccount(before, connection)
      return (await repository.findById(row.id)) ?? connection
    })
  }

  function rowOf(
    locationId: string,
    input: ConnectProvider,
    account: ProviderAccount,
    before: StoredConnection | undefined,
  ): NewConnection {
    const { carrier } = input
    const given = givenCredentials(input)
    // The address of its webhook and its secret stay as long as the account does: nothing that comes meanwhile is lost.
    // What is kept of it elsewhere goes by its name, so a new name of an account that we know is left aside.
    const kept = before && (!given || before.accountName === account.name) ? before : undefined
    const at = new Date(now())
    return {
      id: kept?.id ?? newId(),
      locationId,
      carrier,
      status: 'active',
      ...credentialColumns(locationId, given, before),
      accountName: kept?.accountName ?? account.name,
      webhookSecret: secretColumn(locationId, input, kept),
      webhookIds: kept?.webhookIds ?? [],
      webhookCalledAt: kept?.webhookCalledAt ?? null,
      settings: input.carrier === 'heymarket' ? { ...input.settings, webhookToken: null } : input.settings,
      credits: account.credits,
      lastErrorAt: null,
      lastErrorMessage: null,
      lastErrorAdvice: null,
      optOutCursor: kept?.optOutCursor ?? null,
      repliesReadAt: kept?.repliesReadAt ?? null,
      connectedAt: kept?.connectedAt ?? at,
      updatedAt: at,
    }
  }

  function credentialColumns(
    locationId: string,
    given: CheckProvider | undefined,
    before: StoredConnection | undefined,
  ): Pick<NewConnection, 'credentials' | 'credentialHint'> {
    if (given) {
      const credentials = sealer.sealCredentials({ locationId, carrier: given.carrier }, given.credentials)
      return { credentials, credentialHint: credentialHint(given) }
    }
    const { credentials, credentialHint: hint } = before ?? raise(credentialsMissing())
    return { credentials, credentialHint: hint }
  }

  /** What the other system proves itself by: the token that a person copied from it, or a secret of ours. */
  function secretColumn(
    locationId: string,
    input: ConnectProvider,
    kept: StoredConnection | undefined,
  ): string | null {
    const owner = { locationId, carrier: input.carrier }
    if (input.carrier === 'heymarket' && input.settings.webhookToken !== null) {
      return sealer.sealSecret(owner, input.settings.webhookToken)
    }
    const secret = kept && readableSecret(kept)
    if (secret !== undefined) return secret
    return input.carrier === 'heymarket' ? null : sealer.sealSecret(owner, newSecret())
  }

  /** As it is kept; undefined where there is none, or its key is gone. */
  function readableSecret(connection: StoredConnection): string | undefined {
    try {
      sealer.openSecret(connection)
      return connection.webhookSecret ?? undefined
    } catch (error) {
      if (isUnreadable(error)) return undefined
      throw error
    }
  }

  /**
   * Takes down what was set up over there, then forgets the connection.
   * @returns in words what stays over there
   */
  function disconnect(locationId: string, carrier: CarrierName): Promise<string[]> {
    return withLock(locationId, carrier, async () => {
      const connection = await repository.find(locationId, carrier)
      if (!connection) throw notConnected(carrier)
      const leftovers = await webhooks.takeDown(connection)
      await repository.remove(connection)
      return leftovers
    })
  }

  return { accountOf, connect, disconnect }
}

function givenCredentials(input: ConnectProvider): CheckProvider | undefined {
  if (input.carrier === 'heymarket') {
    return input.credentials && { carrier: 'heymarket', credentials: input.credentials }
  }
  return input.credentials && { carrier: 'bulksms', credentials: input.credentials }
}

function raise(error: AppError): never {
  throw error
}

function credentialsMissing(): AppError {
  const message = 'Enter the credentials to connect.'
  return new AppError('validation', message, { details: [{ path: 'credentials', message }] })
}

function changedMeanwhile(): AppError {
  return new AppError(
    'conflict',
    'Somebody else changed this connection meanwhile. Look at it and try again.',
  )
}
