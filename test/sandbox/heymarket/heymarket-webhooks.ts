import type { Scheduler } from '../scheduler.ts'
import {
  createHoldBack,
  deliverUntilTaken,
  postWebhook,
  type ReleaseOrder,
  type RepeatBehaviour,
} from '../webhook-delivery.ts'
import type { HeymarketState } from './heymarket-state.ts'

const timeoutMs = 10_000

export type HeymarketDelivery = {
  body: string
  url: string
  /** Null when nothing answered. */
  status: number | null
}

/**
 * Calls the webhook that was typed in: a fixed token in the body, no signature, no id of the event.
 * @see https://developers.heymarket.com/guides/webhooks
 */
export type HeymarketWebhooks = {
  fire(type: string, eventData: unknown): void
  /** Sends any body to the webhook now. @returns the status of the answer */
  post(body: string): Promise<number | null>
  /** Each webhook from here on is sent so often, whatever is answered. */
  repeat(copies: number): void
  /** Keeps webhooks back, so that `release` can send them in another order. */
  hold(): void
  release(order?: ReleaseOrder): void
  deliveries: HeymarketDelivery[]
}

export function createHeymarketWebhooks(parts: {
  state: HeymarketState
  scheduler: Scheduler
  behaviour: RepeatBehaviour
}): HeymarketWebhooks {
  const { state, scheduler, behaviour } = parts
  const deliveries: HeymarketDelivery[] = []
  let copies = 1

  async function post(body: string): Promise<number | null> {
    const url = state.webhook?.url
    if (url === undefined) throw new Error('No webhook is set up in the stand-in Heymarket')
    const { status } = await postWebhook(url, body, { headers: {}, timeoutMs })
    deliveries.push({ body, url, status })
    return status
  }

  async function deliverInTurn(bodies: readonly string[]): Promise<void> {
    for (const body of bodies) {
      for (let copy = 0; copy < copies; copy += 1) {
        await deliverUntilTaken({ scheduler, behaviour }, () => post(body))
      }
    }
  }
  const queue = createHoldBack<string>((body) => scheduler.track(deliverInTurn([body])))

  return {
    fire(type, eventData) {
      if (!state.webhook) return
      const { id, token } = state.webhook
      queue.put(JSON.stringify({ type, id, token, event_data: eventData }))
    },
    post,
    repeat: (wanted) => void (copies = wanted),
    hold: queue.hold,
    release: (order) => scheduler.track(deliverInTurn(queue.takeHeld(order))),
    deliveries,
  }
}
