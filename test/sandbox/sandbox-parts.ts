import type { Clock } from '../support/clock.ts'
import type { RecordedCall } from './call-recorder.ts'
import { createConversationProviders, type ConversationProviders } from './conversation-providers.ts'
import { createCrmThread, type SendFromCrm } from './crm-thread.ts'
import type { EndpointParts } from './endpoint.ts'
import { createFaultInjector, type FaultInjector } from './fault-injector.ts'
import { createMessageCarrier, type MessageCarrier } from './message-carrier.ts'
import { createMarketplace, type Marketplace } from './oauth/marketplace.ts'
import { createTokenBook, type TokenBook } from './oauth/token-book.ts'
import { createTokenMint } from './oauth/token-mint.ts'
import type { OtherSystem } from './other-systems.ts'
import { createReplyBot, type ReplyBot } from './reply-bot.ts'
import { defaultBehaviour, type SandboxBehaviour } from './sandbox-behaviour.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import { seedState, type SeedSize } from './seed/seed-state.ts'
import { createSeededRandom } from './seeded-random.ts'
import { encryptUserContext, userContextFields, type UserContextChoice } from './user-context.ts'
import { createWebhookSender, type WebhookSender } from './webhooks/webhook-sender.ts'

/** The stand-in CRM without its doors: what the API, the shell and the control endpoints work on. */
export type SandboxParts = EndpointParts & {
  clock: Clock
  behaviour: SandboxBehaviour
  scheduler: Scheduler
  tokens: TokenBook
  marketplace: Marketplace
  webhooks: WebhookSender
  providers: ConversationProviders
  carrier: MessageCarrier
  sendFromCrm: SendFromCrm
  replies: ReplyBot
  systems: readonly OtherSystem[]
  faults: FaultInjector
  calls: RecordedCall[]
  /** A fresh user context in the platform's encryption, base64. */
  userContext(choice: UserContextChoice): string
  /** Every user context handed out. */
  userContexts: string[]
}

const seedNumber = 20_261_116

export function createSandboxParts(options: {
  clock: Clock
  seed: SeedSize
  behaviour?: Partial<SandboxBehaviour>
  systems?: readonly OtherSystem[]
}): SandboxParts {
  const { clock } = options
  const random = createSeededRandom(seedNumber)
  const behaviour: SandboxBehaviour = { ...structuredClone(defaultBehaviour), ...options.behaviour }
  const state = seedState(options.seed, random, clock.now())
  const scheduler = createScheduler(clock)
  const webhooks = createWebhookSender({ state, clock, scheduler, behaviour })
  const base: EndpointParts = { state, clock, random, behaviour, scheduler, emit: webhooks.emit }

  const mint = createTokenMint(state.app.clientId)
  const tokens = createTokenBook({ clock, mint, behaviour })
  const providers = createConversationProviders({ ...base, webhooks })
  const carrier = createMessageCarrier({ ...base, providers })
  const userContexts: string[] = []

  return {
    ...base,
    tokens,
    marketplace: createMarketplace({ state, clock, mint, tokens, emit: webhooks.emit }),
    webhooks,
    providers,
    carrier,
    sendFromCrm: createCrmThread({ state, carrier, providers }),
    replies: createReplyBot({ ...base, carrier }),
    systems: options.systems ?? [],
    faults: createFaultInjector(),
    calls: [],
    userContexts,
    userContext(choice) {
      const text = JSON.stringify(userContextFields(state, choice))
      const sealed = encryptUserContext(text, choice.ssoKey ?? state.app.ssoKey)
      userContexts.push(sealed)
      return sealed
    },
  }
}
