import { createLiveClock, type Clock } from '../../support/clock.ts'
import type { RecordedCall } from '../call-recorder.ts'
import { createFaultInjector, type FaultInjector } from '../fault-injector.ts'
import { createScheduler } from '../scheduler.ts'
import { type BulksmsCarrier, createBulksmsCarrier } from './bulksms-carrier.ts'
import { type BulksmsCourier, createBulksmsCourier } from './bulksms-courier.ts'
import { listenAsBulksms } from './bulksms-server.ts'
import {
  type BulksmsBehaviour,
  type BulksmsState,
  type BulksmsText,
  createBulksmsState,
  defaultBulksmsBehaviour,
} from './bulksms-state.ts'

export type BulksmsSandboxOptions = {
  /** Default: real time, which can also be moved on. */
  clock?: Clock
  /** Default: any free one. */
  port?: number
  behaviour?: Partial<BulksmsBehaviour>
}

/** A stand-in BulkSMS with one account; phones of its levers may have a `+`. */
export type BulksmsSandbox = {
  /** The base URL of its API, with its version. */
  apiUrl: string
  state: BulksmsState
  behaviour: BulksmsBehaviour
  faults: FaultInjector
  /** Of each request to the API, with the path below its version. */
  calls: RecordedCall[]
  /** What an admin types into Wrapup. */
  credentials(): { tokenId: string; tokenSecret: string }
  webhooks: Pick<BulksmsCourier, 'hold' | 'release' | 'deliveries'>
  /** A text from that phone; STOP blocks its number. */
  receive: BulksmsCarrier['receive']
  /** As its staff may. */
  block(phone: string): void
  sentTexts(): BulksmsText[]
  secrets(): string[]
  /** Texts of messages and whole phone numbers, which belong in no log. */
  privateTexts(): string[]
  /** Brings to rest: status moves happen, webhooks are called. Repeated calls wait for the clock. */
  settle(): Promise<void>
  close(): Promise<void>
}

const credentialsOf = ({ tokens }: BulksmsState) => {
  const token = tokens[0]
  if (!token) throw new Error('The stand-in BulkSMS has no token')
  return { tokenId: token.id, tokenSecret: token.secret }
}

function secretsOf({ tokens, webhooks }: BulksmsState): string[] {
  return [
    ...tokens.flatMap(({ id, secret }) => [secret, Buffer.from(`${id}:${secret}`).toString('base64')]),
    ...webhooks.flatMap(({ url }) => new URL(url).searchParams.get('secret') ?? []),
  ]
}

function privateTextsOf({ messages, blocked, replyNumber }: BulksmsState): string[] {
  const words = messages.map(({ body }) => body).filter((body) => body.length >= 12)
  const phones = [...messages.flatMap(({ from, to }) => [from, to]), ...blocked.map((one) => one.phoneNumber)]
  const whole = phones.filter((phone) => /^\d{8,}$/.test(phone) && phone !== replyNumber)
  return [...new Set([...words, ...whole])]
}

export async function startBulksmsSandbox(options: BulksmsSandboxOptions = {}): Promise<BulksmsSandbox> {
  const clock = options.clock ?? createLiveClock()
  const behaviour = { ...defaultBulksmsBehaviour, ...options.behaviour }
  const state = createBulksmsState()
  const scheduler = createScheduler(clock)
  const courier = createBulksmsCourier({ state, clock, scheduler, behaviour })
  const carrier = createBulksmsCarrier({ state, clock, scheduler, behaviour, tell: courier.tell })
  const faults = createFaultInjector()
  const calls: RecordedCall[] = []
  const served = { state, behaviour, carrier, courier, faults, calls, now: clock.now }
  const { port, closeServer } = await listenAsBulksms(served, options.port ?? 0)
  return {
    apiUrl: `http://127.0.0.1:${port}/v1`,
    state,
    behaviour,
    faults,
    calls,
    credentials: () => credentialsOf(state),
    webhooks: courier,
    receive: carrier.receive,
    block: (phone) => carrier.block([phone]),
    sentTexts: () => state.messages.filter(({ type }) => type === 'SENT'),
    secrets: () => secretsOf(state),
    privateTexts: () => privateTextsOf(state),
    settle: scheduler.settle,
    async close() {
      closeServer()
      await scheduler.close()
    },
  }
}
