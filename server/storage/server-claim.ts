import { Client } from 'pg'
import type { Logger } from '../logger.ts'

export const superuser = 'wrapup'

/** Names the socket's file only: no TCP port is opened. */
export const port = 5432
export const socketFile = `.s.PGSQL.${port}`

export type SocketAddress = { host: string; port: number; user: string; database: string }

/** Of the one database and user that an embedded server is made with. */
export function socketAddress(host: string): SocketAddress {
  return { host, port, user: superuser, database: 'postgres' }
}

/** Held for as long as the connection lives: it ends with the app, however that ends. */
export type Claim = { release(): Promise<void> }

/** "app" in ASCII. */
const lockKey = 0x617070

/**
 * Claims an embedded server for this app process. The claim is a session's advisory lock on the server itself, so a
 * killed process frees it at once, and no process id can be mistaken for another's.
 * @returns 'taken' when another live app process holds it, 'silent' when no server answers there
 */
export async function claimServer(
  address: SocketAddress,
  logger: Logger,
): Promise<Claim | 'taken' | 'silent'> {
  const client = new Client({ ...address, connectionTimeoutMillis: 5_000, application_name: 'wrapup claim' })
  let released = false
  client.on('error', (error) => {
    if (!released)
      logger.error({ err: error }, 'the embedded PostgreSQL server ended the connection that claims it')
  })
  try {
    await client.connect()
    const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [
      lockKey,
    ])
    if (rows[0]?.free) {
      return {
        release: async () => {
          released = true
          await client.end()
        },
      }
    }
    await client.end()
    return 'taken'
  } catch {
    released = true
    await client.end().catch(() => {})
    return 'silent'
  }
}
