import { createLiveClock, type Clock } from '../support/clock.ts'
import type { RecordedCall } from './call-recorder.ts'
import type { ConversationProviders } from './conversation-providers.ts'
import type { SendFromCrm } from './crm-thread.ts'
import { tagContact } from './endpoints/tag-endpoints.ts'
import type { FaultInjector } from './fault-injector.ts'
import type { Approval, IssuedCode, Marketplace } from './oauth/marketplace.ts'
import type { TokenBook } from './oauth/token-book.ts'
import type { OtherSystem } from './other-systems.ts'
import type { ReplyBot } from './reply-bot.ts'
import type { SandboxBehaviour } from './sandbox-behaviour.ts'
import { createSandboxParts, type SandboxParts } from './sandbox-parts.ts'
import type { SeedSize } from './seed/seed-state.ts'
import { listen } from './sandbox-server.ts'
import type { SandboxState } from './state.ts'
import type { UserContextChoice } from './user-context.ts'
import type { Delivery, DeliveryOptions } from './webhooks/webhook-courier.ts'
import type { PlatformEvent, WebhookSender } from './webhooks/webhook-sender.ts'

export type SandboxOptions = {
  /** Default: real time, which can also be moved on. */
  clock?: Clock
  seed?: SeedSize
  /** Default: any free one. */
  port?: number
  behaviour?: Partial<SandboxBehaviour>
  /** Other SMS systems that the guide of the demo shows. */
  systems?: readonly OtherSystem[]
}

/** A stand-in HighLevel: its API, OAuth and CRM shell on one server of its own. */
export type Sandbox = {
  /** Where the browser sees the CRM: `localhost`, so that an app at `127.0.0.1` is another site. */
  origin: string
  apiOrigin: string
  state: SandboxState
  clock: Clock
  behaviour: SandboxBehaviour
  /** Settings for our app at that address, which it registers with the marketplace as well. */
  settingsFor(publicUrl: string): Record<string, string>
  /** What a click on the consent page does; the code works once. */
  consent(approval: Approval): IssuedCode
  /** Consent without the app having asked: the browser comes to its callback without `state`. */
  installFromMarketplace(approval: Approval): Promise<{ status: number; text: string }>
  uninstall: Marketplace['uninstall']
  installFutureLocation: Marketplace['installFutureLocation']
  userContext(choice: UserContextChoice): string
  sendWebhook(event: PlatformEvent, options?: DeliveryOptions): Promise<Delivery>
  webhooks: Pick<WebhookSender, 'hold' | 'release' | 'deliveries' | 'subscribe'>
  /** Everything that happened, as it was or would have been sent. */
  events(): PlatformEvent[]
  replyNow: ReplyBot['replyNow']
  /** Tags a contact as a user does in the CRM itself. */
  tagContact(contactId: string, tag: string): void
  /** Who carries the texts of a location; null: its own numbers. */
  chooseSmsProvider: ConversationProviders['choose']
  /** Texts a contact as a user does in the CRM's own thread. */
  sendFromCrm: SendFromCrm
  faults: FaultInjector
  calls: RecordedCall[]
  tokens: TokenBook
  /** Every secret that it handed out or holds, for a scan of logs. */
  secrets(): string[]
  /** Texts of messages and whole phone numbers, which belong in no log either. */
  privateTexts(): string[]
  /** Brings to rest: status moves happen, webhooks are delivered. */
  settle(): Promise<void>
  close(): Promise<void>
}

function settingsFor({ state, webhooks }: SandboxParts, origins: { origin: string; apiOrigin: string }) {
  return (publicUrl: string): Record<string, string> => {
    const { app } = state
    app.redirectUris = [`${publicUrl}/oauth/callback`]
    app.webhookUrl = `${publicUrl}/webhooks/highlevel`
    app.customPageUrl = `${publicUrl}/`
    for (const provider of state.conversationProviders) {
      if (provider.appId === app.appId) provider.deliveryUrl = `${publicUrl}/webhooks/outbound-messages`
    }
    return {
      GHL_APP_CLIENT_ID: app.clientId,
      GHL_APP_CLIENT_SECRET: app.clientSecret,
      GHL_APP_SSO_KEY: app.ssoKey,
      GHL_APP_VERSION_ID: app.versionId,
      GHL_API_DOMAIN: origins.apiOrigin,
      GHL_AUTHORIZE_URL: `${origins.origin}/v2/oauth/chooselocation`,
      WEBHOOK_SIGNATURE_PUBLIC_KEY: webhooks.publicKeyPem,
      FRAME_ANCESTORS: origins.origin,
    }
  }
}

function secretsOf({ state, tokens, marketplace, userContexts }: SandboxParts): string[] {
  return [
    state.app.clientSecret,
    state.app.ssoKey,
    ...tokens.issued(),
    ...marketplace.codes(),
    ...userContexts,
  ]
}

function privateTextsOf({ state }: SandboxParts): string[] {
  const bodies = state.messages.map(({ body }) => body).filter((body) => body.length >= 12)
  return [...new Set([...bodies, ...state.contacts.flatMap(({ phone }) => phone ?? [])])]
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const parts = createSandboxParts({
    clock: options.clock ?? createLiveClock(),
    seed: options.seed ?? 'full',
    ...(options.behaviour ? { behaviour: options.behaviour } : {}),
    systems: options.systems ?? [],
  })
  const { port, closeServer } = await listen(parts, options.port ?? 0)
  const origins = { origin: `http://localhost:${port}`, apiOrigin: `http://127.0.0.1:${port}` }
  const { marketplace, webhooks, scheduler } = parts

  return {
    ...origins,
    state: parts.state,
    clock: parts.clock,
    behaviour: parts.behaviour,
    settingsFor: settingsFor(parts, origins),
    consent: marketplace.approve,
    async installFromMarketplace(approval) {
      const { redirectUrl } = marketplace.approve(approval)
      const response = await fetch(redirectUrl, { redirect: 'manual' })
      return { status: response.status, text: await response.text() }
    },
    uninstall: marketplace.uninstall,
    installFutureLocation: marketplace.installFutureLocation,
    userContext: parts.userContext,
    sendWebhook: webhooks.send,
    webhooks,
    events: webhooks.events,
    replyNow: parts.replies.replyNow,
    tagContact: (contactId, tag) => tagContact(parts, contactId, tag),
    chooseSmsProvider: parts.providers.choose,
    sendFromCrm: parts.sendFromCrm,
    faults: parts.faults,
    calls: parts.calls,
    tokens: parts.tokens,
    secrets: () => secretsOf(parts),
    privateTexts: () => privateTextsOf(parts),
    settle: scheduler.settle,
    async close() {
      closeServer()
      await scheduler.close()
    },
  }
}
