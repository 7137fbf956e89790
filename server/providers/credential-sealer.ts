import {
  bulksmsCredentialsSchema,
  type BulksmsCredentials,
  type CarrierName,
  heymarketCredentialsSchema,
  type HeymarketCredentials,
} from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import type { Cipher } from '../installations/cipher.ts'
import type { StoredConnection } from './stored-connection.ts'

/** A key that has sealed something this lately may be that of another process, which runs on with it. */
const keyInUseMs = 3_600_000

type Owner = { locationId: string; carrier: CarrierName }
type Use = 'credentials' | 'webhook'

export type Credentials = HeymarketCredentials | BulksmsCredentials

export type CredentialSealer = ReturnType<typeof createCredentialSealer>

/** Credentials and webhook secrets to and from their columns; each is bound to its location, its system and its use. */
export function createCredentialSealer(parts: { cipher: Cipher; now: () => number }) {
  const { cipher, now } = parts

  const binding = ({ locationId, carrier }: Owner, use: Use) => `provider:${locationId}:${carrier}:${use}`

  function open(connection: StoredConnection, use: Use, envelope: string): string {
    try {
      return cipher.open(envelope, binding(connection, use))
    } catch (error) {
      // Whoever calls a webhook comes again when told that it may pass.
      const mayPass = use === 'webhook' || connection.updatedAt.getTime() + keyInUseMs > now()
      throw unreadable(mayPass, error)
    }
  }

  const reseal = (connection: StoredConnection, use: Use, envelope: string) =>
    cipher.seal(open(connection, use, envelope), binding(connection, use))

  return {
    sealCredentials: (owner: Owner, credentials: Credentials): string =>
      cipher.seal(JSON.stringify(credentials), binding(owner, 'credentials')),

    sealSecret: (owner: Owner, secret: string): string => cipher.seal(secret, binding(owner, 'webhook')),

    /** @throws {AppError} `isUnreadable` when they cannot be opened */
    openHeymarket: (connection: StoredConnection): HeymarketCredentials =>
      heymarketCredentialsSchema.parse(JSON.parse(open(connection, 'credentials', connection.credentials))),

    /** @throws {AppError} `isUnreadable` when they cannot be opened */
    openBulksms: (connection: StoredConnection): BulksmsCredentials =>
      bulksmsCredentialsSchema.parse(JSON.parse(open(connection, 'credentials', connection.credentials))),

    /**
     * What the other system proves itself by when it calls; null where it is not known yet.
     * @throws {AppError} `isUnreadable` when it cannot be opened
     */
    openSecret: (connection: StoredConnection): string | null =>
      connection.webhookSecret === null ? null : open(connection, 'webhook', connection.webhookSecret),

    /** How everything begins that the newest key sealed. */
    newestPrefix: cipher.newestPrefix,

    /**
     * The same under the newest key.
     * @throws {AppError} `isUnreadable` when it cannot be opened
     */
    reseal: (connection: StoredConnection) => ({
      credentials: reseal(connection, 'credentials', connection.credentials),
      webhookSecret:
        connection.webhookSecret === null ? null : reseal(connection, 'webhook', connection.webhookSecret),
    }),
  }
}

/** Why what is stored cannot be opened by this process; it says nothing of what the other system thinks of it. */
class UnreadableError extends Error {}

function unreadable(mayPass: boolean, error: unknown): AppError {
  const cause = new UnreadableError('stored credentials cannot be opened', { cause: error })
  if (mayPass) {
    const message = 'The stored credentials cannot be read right now. Please try again.'
    return new AppError('upstream_unavailable', message, { cause, retryable: true })
  }
  const message =
    'The stored credentials cannot be read any more. An admin has to enter them again in Settings.'
  return new AppError('rejected', message, { cause })
}

export function isUnreadable(error: unknown): boolean {
  return error instanceof AppError && error.cause instanceof UnreadableError
}
