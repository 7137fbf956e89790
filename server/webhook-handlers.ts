import { z } from 'zod'
import type { Hint } from './events/hint-repository.ts'
import { happenedAt, newsTypes } from './events/webhook-news.ts'
import type { WebhookEvent } from './webhooks/webhook-repository.ts'

/** Door 2: what each type of the platform's events does. An unknown type does nothing. */
export type WebhookHandler = (event: WebhookEvent) => Promise<void>

const idSchema = z.object({ id: z.string().min(1).max(64) })

export function createWebhookHandler(parts: {
  installs: {
    installed: (payload: unknown, at: Date) => Promise<void>
    uninstalled: (payload: unknown, at: Date) => Promise<void>
  }
  /** Tells the open pages. */
  heard: (event: WebhookEvent) => Promise<void>
  /** A text that went out may be one whose outcome is unknown. */
  settleHeard: (locationId: string, payload: unknown, at: Date) => Promise<void>
  /** What is remembered of it is no longer true. */
  hint: (hint: Hint) => Promise<void>
}): WebhookHandler {
  const { installs, heard, settleHeard, hint } = parts
  /** An event without a time of its own happened when it came. */
  const timeOf = (event: WebhookEvent): Date => event.eventAt ?? event.receivedAt

  const forget =
    (kind: Hint['kind']): WebhookHandler =>
    async ({ payload }) => {
      const parsed = idSchema.safeParse(payload)
      if (parsed.success) await hint({ kind, id: parsed.data.id })
    }

  const handlers = new Map<string, WebhookHandler>([
    ...newsTypes.map((type) => [type, heard] as const),
    ['INSTALL', (event) => installs.installed(event.payload, timeOf(event))],
    ['UPDATE', (event) => installs.installed(event.payload, timeOf(event))],
    ['UNINSTALL', (event) => installs.uninstalled(event.payload, timeOf(event))],
    [
      'OutboundMessage',
      async (event) => {
        if (event.locationId !== null) await settleHeard(event.locationId, event.payload, happenedAt(event))
        await heard(event)
      },
    ],
    ['UserUpdate', forget('user')],
    ['UserDelete', forget('user')],
    ['LocationUpdate', forget('location')],
  ])

  return async (event) => handlers.get(event.type)?.(event)
}

/** These say themselves whom they concern, also where nothing is installed (yet). */
const installTypes: ReadonlySet<string> = new Set(['INSTALL', 'UPDATE', 'UNINSTALL'])

/** An event of a location in which the app is not installed is none of its business. */
export function createConcernCheck(parts: { isInstalled: (locationId: string) => Promise<boolean> }) {
  return async ({
    type,
    locationId,
  }: {
    type: string
    locationId?: string | null | undefined
  }): Promise<boolean> => !locationId || installTypes.has(type) || parts.isInstalled(locationId)
}
