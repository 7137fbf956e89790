import type { Clock } from '../../support/clock.ts'
import type { RecordedCall } from '../call-recorder.ts'
import { createFaultInjector, type FaultInjector } from '../fault-injector.ts'
import { createScheduler, type Scheduler } from '../scheduler.ts'
import { createHeymarketCarrier, type HeymarketCarrier } from './heymarket-carrier.ts'
import { createHeymarketStamps, type HeymarketStamps } from './heymarket-stamps.ts'
import { type HeymarketState, seedHeymarket } from './heymarket-state.ts'
import { createHeymarketWebhooks, type HeymarketWebhooks } from './heymarket-webhooks.ts'

/** What it does where its documents leave a choice. */
export type HeymarketBehaviour = {
  callsPerMinute: number
  /** The values of a message's status are listed nowhere: these are its own. */
  statusWords: { accepted: string; sent: string; delivered: string; failed: string; received: string }
  statusDelaysMs: { sent: number; settled: number }
  /** Whether its times are told in whole seconds, as its documents show them. */
  wholeSeconds: boolean
  /** Whether `message_sent` also tells of what came by the API. */
  tellsApiSends: boolean
  /** Creating tags is in an older text of the documents alone. */
  allowsNewTags: boolean
  /** An older guide wraps the inboxes in an object. */
  wrapsInboxes: boolean
  /** Its sources speak of repeats of what is refused, and of none. 1: what is refused is lost. */
  webhookAttempts: number
  webhookRetryDelayMs: number
}

export const defaultHeymarketBehaviour: HeymarketBehaviour = {
  callsPerMinute: 500,
  statusWords: {
    accepted: 'queued',
    sent: 'sent',
    delivered: 'delivered',
    failed: 'undelivered',
    received: 'received',
  },
  statusDelaysMs: { sent: 700, settled: 1500 },
  wholeSeconds: false,
  tellsApiSends: false,
  allowsNewTags: true,
  wrapsInboxes: false,
  webhookAttempts: 1,
  webhookRetryDelayMs: 30_000,
}

/** The stand-in without its door. */
export type HeymarketParts = {
  state: HeymarketState
  clock: Clock
  stamps: HeymarketStamps
  behaviour: HeymarketBehaviour
  scheduler: Scheduler
  webhooks: HeymarketWebhooks
  carrier: HeymarketCarrier
  faults: FaultInjector
  calls: RecordedCall[]
  /** Every token that it was shown. */
  tokens: Set<string>
}

export function createHeymarketParts(clock: Clock, changes: Partial<HeymarketBehaviour>): HeymarketParts {
  const behaviour = { ...structuredClone(defaultHeymarketBehaviour), ...changes }
  const stamps = createHeymarketStamps(clock)
  const state = seedHeymarket(stamps)
  const scheduler = createScheduler(clock)
  const webhooks = createHeymarketWebhooks({ state, scheduler, behaviour })
  const carrier = createHeymarketCarrier({ state, stamps, behaviour, scheduler, webhooks })
  const faults = createFaultInjector()
  return {
    state,
    clock,
    stamps,
    behaviour,
    scheduler,
    webhooks,
    carrier,
    faults,
    calls: [],
    tokens: new Set(),
  }
}
