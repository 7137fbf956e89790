import { setTimeout as pause } from 'node:timers/promises'
import { Client, type ClientConfig, escapeIdentifier } from 'pg'
import type { Logger } from '../logger.ts'

const reconnectDelayMs = { first: 100, most: 5_000 }

export type NotificationListener = {
  notified: (payload: string) => void
  /** Notifications may have been missed while the connection was away: look for yourself. */
  resumed?: () => void
}

export type Notifications = ReturnType<typeof createNotifications>

/**
 * What processes on one database tell each other (LISTEN and NOTIFY), over one connection that comes back by itself.
 * A notification is a hint, never the only record: it is lost to whoever is not connected.
 */
export function createNotifications(parts: { connectionOptions: ClientConfig; logger: Logger }) {
  const { connectionOptions, logger } = parts
  const listeners = new Map<string, Set<NotificationListener>>()
  const closed = new AbortController()
  let client: Client | undefined
  let connecting: Promise<void> | undefined

  async function connect(): Promise<void> {
    const next = new Client({ ...connectionOptions, application_name: 'wrapup-notifications' })
    next.on('notification', ({ channel, payload }) => {
      for (const { notified } of listeners.get(channel) ?? []) notified(payload ?? '')
    })
    next.on('error', (error) => logger.warn({ err: error }, 'lost the connection for notifications'))
    next.on('end', () => {
      if (client !== next) return
      client = undefined
      if (!closed.signal.aborted) void reconnect()
    })
    try {
      await next.connect()
      for (const channel of listeners.keys()) await next.query(`listen ${escapeIdentifier(channel)}`)
    } catch (error) {
      await next.end().catch(() => undefined)
      throw error
    }
    client = next
  }

  /** Without a connection there is nothing to do: whatever is listened to is subscribed when it comes back. */
  async function subscribe(channel: string): Promise<void> {
    await client?.query(`listen ${escapeIdentifier(channel)}`)
  }

  async function reconnect(): Promise<void> {
    for (let delayMs = reconnectDelayMs.first; !closed.signal.aborted; delayMs *= 2) {
      try {
        connecting = connect()
        await connecting
        for (const all of listeners.values()) for (const { resumed } of all) resumed?.()
        return
      } catch (error) {
        logger.warn({ err: error }, 'notifications are not connected, will be tried again')
        const waitMs = Math.min(delayMs, reconnectDelayMs.most)
        await pause(waitMs, undefined, { signal: closed.signal, ref: false }).catch(() => undefined)
      }
    }
  }

  return {
    /** @returns how to stop listening */
    async listen(channel: string, listener: NotificationListener): Promise<() => void> {
      const all = listeners.get(channel) ?? new Set()
      const isNew = all.size === 0
      listeners.set(channel, all.add(listener))
      connecting ??= connect()
      await connecting
      if (isNew) await subscribe(channel)
      return () => void all.delete(listener)
    },

    async close(): Promise<void> {
      closed.abort()
      await connecting?.catch(() => undefined)
      const open = client
      client = undefined
      await open?.end()
    },
  }
}
