import { randomUUID } from 'node:crypto'
import { createLiveClock, type Clock } from '../../support/clock.ts'
import type { RecordedCall } from '../call-recorder.ts'
import type { FaultInjector } from '../fault-injector.ts'
import type { HeymarketCarrier } from './heymarket-carrier.ts'
import {
  addContact,
  changeContact,
  contactByPhone,
  type HeymarketContactSeed,
} from './heymarket-contact-book.ts'
import { createHeymarketParts, type HeymarketBehaviour, type HeymarketParts } from './heymarket-parts.ts'
import { listenAsHeymarket } from './heymarket-server.ts'
import {
  heymarketIds,
  type HeymarketState,
  type HeymarketStoredContact,
  type HeymarketStoredMessage,
} from './heymarket-state.ts'
import type { HeymarketWebhooks } from './heymarket-webhooks.ts'

export type HeymarketSandboxOptions = {
  /** Default: real time, which can also be moved on. */
  clock?: Clock
  /** Default: any free one. */
  port?: number
  behaviour?: Partial<HeymarketBehaviour>
}

/** A stand-in Heymarket with one team, two inboxes and an empty contact book; phones of its levers may have a `+`. */
export type HeymarketSandbox = {
  /** The base URL of its API. */
  origin: string
  state: HeymarketState
  behaviour: HeymarketBehaviour
  faults: FaultInjector
  calls: RecordedCall[]
  /** What an admin types into Wrapup. */
  credentials(): { secretId: string; secretKey: string }
  /** What an admin types into Heymarket. @returns the token that its calls carry */
  setUpWebhook(url: string): string
  webhooks: HeymarketWebhooks
  /** A text from that phone, with what it sets off: an unknown number becomes a contact, STOP opts out. */
  receive(phone: string, text: string, options?: { inboxId?: number; media?: string }): HeymarketStoredMessage
  /** What a person there writes in Heymarket itself. */
  sendByMember(phone: string, text: string): HeymarketStoredMessage
  setStatus: HeymarketCarrier['setStatus']
  addContact(fields: HeymarketContactSeed): HeymarketStoredContact
  changeContact(id: number, changes: Partial<HeymarketStoredContact>): void
  contactByPhone(phone: string): HeymarketStoredContact | undefined
  /** Texts that left for phones, without comments. */
  sentTexts(): HeymarketStoredMessage[]
  secrets(): string[]
  /** Texts of messages and whole phone numbers, which belong in no log. */
  privateTexts(): string[]
  /** Brings to rest: status moves happen, webhooks are delivered. */
  settle(): Promise<void>
  close(): Promise<void>
}

const digits = (phone: string) => phone.replace(/^\+/, '')

function leversOf(parts: HeymarketParts) {
  const { state, carrier } = parts
  return {
    receive: (phone: string, text: string, options: { inboxId?: number; media?: string } = {}) =>
      carrier.receive(options.inboxId ?? heymarketIds.inbox.support, digits(phone), text, options.media),
    sendByMember: (phone: string, text: string) =>
      carrier.sendByMember(heymarketIds.inbox.support, digits(phone), text),
    setStatus: carrier.setStatus,
    addContact: (fields: HeymarketContactSeed) =>
      addContact(parts, { ...fields, phone: digits(fields.phone) }),
    changeContact(id: number, changes: Partial<HeymarketStoredContact>) {
      const contact = state.contacts.get(id)
      if (!contact) throw new Error('The stand-in Heymarket has no such contact')
      changeContact(parts, contact, changes)
    },
    contactByPhone: (phone: string) => contactByPhone(state, digits(phone)),
    sentTexts: () => state.messages.filter(({ user, isPrivate }) => user !== 0 && !isPrivate),
    setUpWebhook(url: string) {
      const token = `verify-${randomUUID()}`
      state.webhook = { id: state.nextId(), url, token }
      return token
    },
  }
}

function secretsOf({ state, tokens }: HeymarketParts): string[] {
  return [
    ...state.apiSecrets.map(({ key }) => key),
    ...tokens,
    ...(state.webhook ? [state.webhook.token] : []),
  ]
}

function privateTextsOf({ state }: HeymarketParts): string[] {
  const texts = state.messages.map(({ text }) => text).filter((text) => text.length >= 12)
  // Of a big seed a part says as much, and is looked for in less time.
  const someContacts = state.contacts.values().take(500)
  const phones = [...state.messages, ...someContacts].map(({ phone }) => phone)
  return [...new Set([...texts, ...phones])]
}

export async function startHeymarketSandbox(
  options: HeymarketSandboxOptions = {},
): Promise<HeymarketSandbox> {
  const parts = createHeymarketParts(options.clock ?? createLiveClock(), options.behaviour ?? {})
  const { port, closeServer } = await listenAsHeymarket(parts, options.port ?? 0)
  const { state, behaviour, faults, calls, webhooks, scheduler } = parts
  return {
    origin: `http://127.0.0.1:${port}`,
    state,
    behaviour,
    faults,
    calls,
    webhooks,
    ...leversOf(parts),
    credentials() {
      const secret = state.apiSecrets[0]
      if (!secret) throw new Error('The stand-in Heymarket has no API secret')
      return { secretId: secret.id, secretKey: secret.key }
    },
    secrets: () => secretsOf(parts),
    privateTexts: () => privateTextsOf(parts),
    settle: scheduler.settle,
    async close() {
      closeServer()
      await scheduler.close()
    },
  }
}
