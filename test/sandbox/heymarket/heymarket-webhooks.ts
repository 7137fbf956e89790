import type { Scheduler } from '../scheduler.ts'
import type { HeymarketState } from './heymarket-state.ts'

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
  release(order?: 'as sent' | 'reversed'): void
  deliveries: HeymarketDelivery[]
}

export type HeymarketWebhookBehaviour = {
  /** How often one is tried that is not answered with 2xx; 1: it is lost at once. */
  webhookAttempts: number
  webhookRetryDelayMs: number
}

export function createHeymarketWebhooks(parts: {
  state: HeymarketState
  scheduler: Scheduler
  behaviour: HeymarketWebhookBehaviour
}): HeymarketWebhooks {
  const { state, scheduler, behaviour } = parts
  const deliveries: HeymarketDelivery[] = []
  let copies = 1
  let held: string[] | null = null

  async function post(body: string): Promise<number | null> {
    const url = state.webhook?.url
    if (url === undefined) throw new Error('No webhook is set up in the stand-in Heymarket')
    const status = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    }).then(
      async (response) => {
        await response.text()
        return response.status
      },
      () => null,
    )
    deliveries.push({ body, url, status })
    return status
  }

  async function deliver(body: string, attempt = 1): Promise<void> {
    const status = await post(body)
    const isTaken = status !== null && status >= 200 && status < 300
    if (isTaken || attempt >= behaviour.webhookAttempts) return
    scheduler.after(behaviour.webhookRetryDelayMs, () => scheduler.track(deliver(body, attempt + 1)))
  }

  async function deliverInTurn(bodies: readonly string[]): Promise<void> {
    for (const body of bodies) for (let copy = 0; copy < copies; copy += 1) await deliver(body)
  }

  return {
    fire(type, eventData) {
      if (!state.webhook) return
      const { id, token } = state.webhook
      const body = JSON.stringify({ type, id, token, event_data: eventData })
      if (held) held.push(body)
      else scheduler.track(deliverInTurn([body]))
    },
    post,
    repeat: (wanted) => void (copies = wanted),
    hold: () => void (held ??= []),
    release(order = 'as sent') {
      const bodies = held ?? []
      held = null
      scheduler.track(deliverInTurn(order === 'reversed' ? bodies.toReversed() : bodies))
    },
    deliveries,
  }
}
