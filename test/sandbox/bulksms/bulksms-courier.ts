import { randomUUID } from 'node:crypto'
import type { Clock } from '../../support/clock.ts'
import type { Scheduler } from '../scheduler.ts'
import { createHoldBack, postWebhook, type ReleaseOrder } from '../webhook-delivery.ts'
import { badRequest } from './bulksms-problem.ts'
import { flatShape, nestedShape, wireJson } from './bulksms-shapes.ts'
import type { BulksmsBehaviour, BulksmsState, BulksmsText, BulksmsWebhook } from './bulksms-state.ts'

export type BulksmsDelivery = {
  webhookId: number
  body: string
  attempt: number
  headers: Record<string, string>
  /** Null when nothing answered. */
  status: number | null
}

type Event = { text: BulksmsText; atMs: number }

/** Calls webhooks: no signature, repeated after 5xx and silence, dropped after 4xx; 410 switches the webhook off. */
export type BulksmsCourier = {
  tell(text: BulksmsText): void
  /** Calls it with `[]`. @throws {BulksmsProblem} 400 unless it answers 2xx */
  check(url: string): Promise<void>
  /** Keeps events back, so that `release` can send them in another order. */
  hold(): void
  release(order?: ReleaseOrder): void
  deliveries: BulksmsDelivery[]
}

const maxMessagesPerCall = 10
const timeoutMs = 30_000
const firstRetriesMs = [90_000, 180_000, 360_000, 720_000]
const laterRetryMs = 900_000
const givenUpAfterMs = 2 * 24 * 3_600_000

export function createBulksmsCourier(parts: {
  state: BulksmsState
  clock: Clock
  scheduler: Scheduler
  behaviour: BulksmsBehaviour
}): BulksmsCourier {
  const { state, clock, scheduler, behaviour } = parts
  const deliveries: BulksmsDelivery[] = []
  const waiting = new Map<number, Event[]>()

  const bodyOf = (events: readonly Event[]) => {
    const shape = ({ text, atMs }: Event) =>
      behaviour.payloadShape === 'flat' ? flatShape(text) : nestedShape(text, atMs)
    return wireJson(events.map(shape), behaviour.idsAs)
  }

  async function deliver(webhook: BulksmsWebhook, events: readonly Event[], attempt = 1): Promise<void> {
    const firstMs = events[0]?.atMs ?? clock.now()
    const body = bodyOf(events)
    const headers = {
      'X-BulkSMS-Event': webhook.triggerScope === 'SENT' ? 'status-report' : 'incoming-message',
      'X-BulkSMS-Delivery': randomUUID(),
      'X-BulkSMS-Delivery-Attempt': String(attempt),
      'X-BulkSMS-Webhook-Id': String(webhook.id),
    }
    const status = await call(webhook.url, body, headers)
    deliveries.push({ webhookId: webhook.id, body, attempt, status, headers })
    if (status === 410) webhook.active = false
    if (status !== null && (status < 300 || (status >= 400 && status < 500))) return
    const delayMs = firstRetriesMs[attempt - 1] ?? laterRetryMs
    if (clock.now() + delayMs - firstMs > givenUpAfterMs) return
    for (const event of events) {
      const again = () => {
        if (state.webhooks.includes(webhook)) scheduler.track(deliver(webhook, [event], attempt + 1))
      }
      scheduler.after(delayMs, again, { settles: false })
    }
  }

  const flush = (webhook: BulksmsWebhook) => {
    const events = waiting.get(webhook.id) ?? []
    waiting.delete(webhook.id)
    const size = webhook.invokeOption === 'MANY' ? maxMessagesPerCall : 1
    for (let start = 0; start < events.length; start += size) {
      const chunk = events.slice(start, start + size)
      for (let copy = 0; copy < behaviour.webhookCopies; copy += 1) scheduler.track(deliver(webhook, chunk))
    }
  }

  const dispatch = (event: Event) => {
    for (const webhook of state.webhooks) {
      if (!webhook.active || webhook.triggerScope !== event.text.type) continue
      const queue = waiting.get(webhook.id)
      if (queue) {
        queue.push(event)
        continue
      }
      waiting.set(webhook.id, [event])
      scheduler.after(0, () => flush(webhook))
    }
  }

  const queue = createHoldBack(dispatch)

  return {
    tell: (text) => queue.put({ text: structuredClone(text), atMs: clock.now() }),
    async check(url) {
      const status = await call(url, '[]', {})
      if (status !== null && status < 300) return
      throw badRequest(`Invoking the Webhook URL caused an error: ${status ?? 'no answer'}`)
    },
    hold: queue.hold,
    release(order) {
      for (const event of queue.takeHeld(order)) dispatch(event)
    },
    deliveries,
  }
}

async function call(url: string, body: string, headers: Record<string, string>): Promise<number | null> {
  const own = { 'User-Agent': 'BulkSMS Invoker', ...headers }
  return (await postWebhook(url, body, { headers: own, timeoutMs })).status
}
