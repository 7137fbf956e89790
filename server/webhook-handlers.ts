import { z } from 'zod'
import type { Hint } from './events/hint-repository.ts'
import { happenedAt, newsTypes } from './events/webhook-news.ts'
import { carrierEventType } from './providers/carrier-event.ts'
import type { HandledEvents } from './webhooks/webhook-inbox.ts'
import type { WebhookEvent } from './webhooks/webhook-repository.ts'

/**
 * Door 2: what each type of the platform's events does; an unknown type does nothing. One event that fails hinders no
 * other.
 */
export type WebhookHandler = (events: readonly WebhookEvent[]) => Promise<HandledEvents>

type HandlerParts = {
  installs: {
    installed: (payload: unknown, at: Date) => Promise<void>
    uninstalled: (payload: unknown, at: Date) => Promise<void>
  }
  /** Takes down in other systems what the connections of a location, or of all of a company, had set up there. */
  aroundUninstall: (
    scope: { locationId: string } | { companyId: string },
    uninstall: () => Promise<void>,
  ) => Promise<void>
  /** Tells the open pages of a location: of all of these, or of none. */
  heard: (locationId: string, events: readonly WebhookEvent[]) => Promise<void>
  /** A text that went out may be one whose outcome is unknown. */
  settleHeard: (locationId: string, payload: unknown, at: Date) => Promise<void>
  /** A text that is to leave through another system. */
  outboundPosted: (event: WebhookEvent) => Promise<void>
  /** Another system's webhook. */
  carrierTold: (event: WebhookEvent) => Promise<void>
  /** A contact's do-not-disturb has changed. */
  dndChanged: (event: WebhookEvent) => Promise<void>
  /** What is remembered of it is no longer true. */
  hint: (hint: Hint) => Promise<void>
  /** What of these types concerns the sync of contacts. */
  syncWebhooks: ReadonlyMap<string, (locationId: string, payload: unknown) => Promise<void>>
}

/** To work on these, the platform or other systems are asked, which may be slow to answer. */
const slowTypes: ReadonlySet<string> = new Set([
  'INSTALL',
  'UPDATE',
  'UNINSTALL',
  'TaskCreate',
  carrierEventType,
])

export const takesTime = ({ type }: Pick<WebhookEvent, 'type'>): boolean => slowTypes.has(type)

const idSchema = z.object({ id: z.string().min(1).max(64) })
const isNews: ReadonlySet<string> = new Set(newsTypes)

export function createWebhookHandler(parts: HandlerParts): WebhookHandler {
  const deeds = deedsOf(parts)

  async function tell(locationId: string, events: readonly WebhookEvent[], handled: HandledEvents) {
    try {
      await parts.heard(locationId, events)
      handled.done.push(...events.map(({ id }) => id))
    } catch (error) {
      if (events.length === 1) handled.failures.push(error)
      else for (const event of events) await tell(locationId, [event], handled)
    }
  }

  return async (events) => {
    const handled: HandledEvents = { done: [], failures: [] }
    const news = new Map<string, WebhookEvent[]>()
    for (const event of events) {
      try {
        await deeds.get(event.type)?.(event)
        if (event.locationId !== null) {
          await parts.syncWebhooks.get(event.type)?.(event.locationId, event.payload)
        }
      } catch (error) {
        handled.failures.push(error)
        continue
      }
      const { locationId } = event
      if (locationId === null || !isNews.has(event.type)) handled.done.push(event.id)
      else if (!news.get(locationId)?.push(event)) news.set(locationId, [event])
    }
    for (const [locationId, told] of news) await tell(locationId, told, handled)
    return handled
  }
}

/** What events do besides being told. */
function deedsOf(parts: HandlerParts) {
  const { installs, aroundUninstall, settleHeard, outboundPosted, carrierTold, dndChanged, hint } = parts

  const forget =
    (kind: Hint['kind']) =>
    async ({ payload }: WebhookEvent) => {
      const parsed = idSchema.safeParse(payload)
      if (parsed.success) await hint({ kind, id: parsed.data.id })
    }

  return new Map<string, (event: WebhookEvent) => Promise<void>>([
    ['INSTALL', (event) => installs.installed(event.payload, happenedAt(event))],
    ['UPDATE', (event) => installs.installed(event.payload, happenedAt(event))],
    [
      'UNINSTALL',
      async (event) => {
        const uninstall = () => installs.uninstalled(event.payload, happenedAt(event))
        const { locationId, companyId } = event
        if (locationId !== null) await aroundUninstall({ locationId }, uninstall)
        else if (companyId !== null) await aroundUninstall({ companyId }, uninstall)
        else await uninstall()
      },
    ],
    [
      'OutboundMessage',
      async (event) => {
        if (event.locationId !== null) await settleHeard(event.locationId, event.payload, happenedAt(event))
      },
    ],
    ['ProviderOutboundMessage', outboundPosted],
    [carrierEventType, carrierTold],
    ['ContactDndUpdate', dndChanged],
    ['UserUpdate', forget('user')],
    ['UserDelete', forget('user')],
    ['LocationUpdate', forget('location')],
  ])
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
