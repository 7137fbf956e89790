import type { Scheduler } from './scheduler.ts'

/** What a stand-in's call of a webhook came to. */
export type WebhookAnswer = {
  /** Null when nothing answered. */
  status: number | null
  text: string
}

/** One call of a webhook. A redirect is an answer like any other. */
export async function postWebhook(
  url: string,
  body: string | Buffer,
  { headers, timeoutMs }: { headers: Record<string, string>; timeoutMs: number },
): Promise<WebhookAnswer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : new Uint8Array(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    return { status: response.status, text: await response.text() }
  } catch {
    return { status: null, text: '' }
  }
}

export type RepeatBehaviour = {
  /** How often a call is made that is not answered with 2xx; 1: it is lost at once. */
  webhookAttempts: number
  webhookRetryDelayMs: number
}

/** Makes a call until it is taken, or was made often enough. */
export async function deliverUntilTaken(
  { scheduler, behaviour }: { scheduler: Scheduler; behaviour: RepeatBehaviour },
  post: () => Promise<number | null>,
  attempt = 1,
): Promise<void> {
  const status = await post()
  const isTaken = status !== null && status >= 200 && status < 300
  if (isTaken || attempt >= behaviour.webhookAttempts) return
  const again = () => scheduler.track(deliverUntilTaken({ scheduler, behaviour }, post, attempt + 1))
  scheduler.after(behaviour.webhookRetryDelayMs, again)
}

export type ReleaseOrder = 'as sent' | 'reversed'

/** Lets things pass, or keeps them back until they are let go in an order that is chosen then. */
export function createHoldBack<Item>(pass: (item: Item) => void) {
  let held: Item[] | null = null
  return {
    put(item: Item): void {
      if (held) held.push(item)
      else pass(item)
    },
    hold(): void {
      held ??= []
    },
    /** From here on all pass again. @returns what was kept, for the caller to send */
    takeHeld(order: ReleaseOrder = 'as sent'): Item[] {
      const kept = held ?? []
      held = null
      return order === 'reversed' ? kept.toReversed() : kept
    },
  }
}
