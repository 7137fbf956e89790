import { randomUUID } from 'node:crypto'
import type { Clock } from '../../support/clock.ts'
import type { SandboxBehaviour } from '../sandbox-behaviour.ts'
import type { Scheduler } from '../scheduler.ts'
import type { SandboxState } from '../state.ts'
import { createHoldBack, deliverUntilTaken, type ReleaseOrder } from '../webhook-delivery.ts'
import { createWebhookCourier, type Delivery, type DeliveryOptions } from './webhook-courier.ts'

/** An event's own fields; the envelope (ids of the app, `timestamp`, `webhookId`) is added when it is sent. */
export type PlatformEvent = { type: string; [field: string]: unknown }

type Waiting = { event: PlatformEvent; url: string }

export type EmitEvent = (event: PlatformEvent) => void

export type WebhookSender = {
  /** Sends to the app if it is installed there, or was until now; tells listeners in any case. */
  emit: EmitEvent
  /** A text to a conversation provider: signed and retried as events are, but without their envelope. */
  sendToProvider(deliveryUrl: string, text: PlatformEvent): void
  /** Sends now, whatever is installed. The last answer of the copies. */
  send(event: PlatformEvent, options?: DeliveryOptions): Promise<Delivery>
  /** Keeps events back, so that `release` can send them in another order. */
  hold(): void
  release(order?: ReleaseOrder): Promise<void>
  /** Everything emitted or sent, in its full envelope. */
  events(): PlatformEvent[]
  deliveries(): Delivery[]
  subscribe(listener: (event: PlatformEvent) => void): () => void
  publicKeyPem: string
}

export function createWebhookSender(parts: {
  state: SandboxState
  clock: Clock
  scheduler: Scheduler
  behaviour: SandboxBehaviour
}): WebhookSender {
  const { state, clock, scheduler, behaviour } = parts
  const courier = createWebhookCourier(clock)
  const events: PlatformEvent[] = []
  const listeners = new Set<(event: PlatformEvent) => void>()

  const inEnvelope = (event: PlatformEvent): PlatformEvent => ({
    ...event,
    appId: event['appId'] ?? state.app.appId,
    versionId: event['versionId'] ?? state.app.versionId,
    timestamp: event['timestamp'] ?? new Date(clock.now()).toISOString(),
    webhookId: event['webhookId'] ?? randomUUID(),
  })

  const record = (event: PlatformEvent) => {
    events.push(event)
    for (const listener of listeners) listener(event)
  }

  const queue = createHoldBack<Waiting>(({ event, url }) => {
    const post = async () => (await courier.deliver(event, url)).status
    scheduler.track(deliverUntilTaken({ scheduler, behaviour }, post))
  })

  return {
    emit(bare) {
      const event = inEnvelope(bare)
      record(event)
      if (!concernsInstall(state, event)) return
      const url = state.app.webhookUrl
      if (url) queue.put({ event, url })
    },
    sendToProvider: (url, event) => queue.put({ event, url }),
    async send(bare, options = {}) {
      const event = inEnvelope(bare)
      record(event)
      const url = options.url ?? state.app.webhookUrl
      if (!url) throw new Error('The app has no webhook URL')
      let last = await courier.deliver(event, url, options)
      for (let copy = 2; copy <= (options.copies ?? 1); copy += 1)
        last = await courier.deliver(event, url, options)
      return last
    },
    hold: queue.hold,
    async release(order) {
      for (const { event, url } of queue.takeHeld(order)) await courier.deliver(event, url)
    },
    events: () => [...events],
    deliveries: courier.deliveries,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    publicKeyPem: courier.publicKeyPem,
  }
}

/** Events of a location come only where the app is installed; INSTALL and UNINSTALL always. */
function concernsInstall(state: SandboxState, event: PlatformEvent): boolean {
  if (event.type === 'INSTALL' || event.type === 'UNINSTALL') return true
  return state.installs.some(({ locationId }) => locationId === event['locationId'])
}
