import type { CredentialSealer } from './credential-sealer.ts'
import type { StoredConnection } from './stored-connection.ts'

export type WebhookAddress = ReturnType<typeof createWebhookAddress>

/** Where other systems report to. */
export function createWebhookAddress(parts: {
  publicUrl: string
  sealer: Pick<CredentialSealer, 'openSecret'>
}) {
  const of = ({ carrier, id }: StoredConnection) => `${parts.publicUrl}/webhooks/providers/${carrier}/${id}`

  return {
    of,

    /** Only for the system itself: one that signs nothing and sends no token has the secret in the address alone. */
    withSecret(connection: StoredConnection): string {
      const secret = parts.sealer.openSecret(connection)
      return secret === null ? of(connection) : `${of(connection)}?secret=${encodeURIComponent(secret)}`
    },
  }
}
