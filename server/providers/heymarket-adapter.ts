import type {
  HeymarketCredentials,
  HeymarketSettings,
  ProviderCapability,
} from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import { readHeymarketAccount } from './heymarket-account.ts'
import { createHeymarketHttp } from './heymarket-http.ts'
import { optInToHeymarket, optOutOfHeymarket } from './heymarket-opt-outs.ts'
import { readHeymarketReplies } from './heymarket-replies.ts'
import { readHeymarketReports } from './heymarket-reports.ts'
import { sendByHeymarket } from './heymarket-sending.ts'
import { readHeymarketWebhook } from './heymarket-webhook-reader.ts'
import type { ProviderAdapter } from './provider-adapter.ts'

/**
 * Notes go as private comments of a conversation that exists. Texts for later can only be handed over on a quarter of
 * an hour, so they are not. No list of opt-outs, no credits and no webhooks by API.
 */
export const heymarketCapabilities: ReadonlySet<ProviderCapability> = new Set<ProviderCapability>([
  'contacts',
  'tags',
  'notes',
  'deliveryReports',
  'inbound',
  'media',
  'optOutWrite',
  'optOutUndo',
])

/** @see https://developers.heymarket.com */
export function createHeymarketAdapter(parts: {
  baseUrl: string
  credentials: HeymarketCredentials
  settings: Pick<HeymarketSettings, 'inboxId' | 'creatorId'>
  now: () => number
  /** At least 0, less than 1: spreads what has to wait. */
  random: () => number
  timeoutMs?: number
}): ProviderAdapter {
  const { settings: sender, random } = parts
  const http = createHeymarketHttp(parts)
  return {
    name: 'heymarket',
    capabilities: heymarketCapabilities,
    checkCredentials: () => readHeymarketAccount(http),
    send: (text) => sendByHeymarket({ http, sender, random }, text),
    readReports: (query) => readHeymarketReports(http, query),
    readReplies: (since) => readHeymarketReplies(http, sender, since),
    readWebhook: (webhook) => readHeymarketWebhook(webhook, sender),
    async listOptOuts() {
      throw new AppError('rejected', 'Heymarket has no list of opt-outs.')
    },
    optOut: (phone) => optOutOfHeymarket(http, phone),
    optIn: (phone) => optInToHeymarket(http, phone),
    async registerWebhooks() {
      throw new AppError('rejected', 'The webhook of Heymarket is set up by hand.')
    },
    removeWebhooks: async () => ['The webhook in Heymarket is still there: delete it in Heymarket, by hand.'],
  }
}
