import { z } from 'zod'
import type {
  BulksmsCredentials,
  BulksmsSettings,
  ProviderAccount,
  ProviderCapability,
} from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import { blockNumber, listBlockedNumbers } from './bulksms-blocked-numbers.ts'
import { askBulksms, createBulksmsHttp } from './bulksms-http.ts'
import { readBulksmsReplies } from './bulksms-replies.ts'
import { readBulksmsReports } from './bulksms-reports.ts'
import { sendByBulksms } from './bulksms-sending.ts'
import { readBulksmsWebhook } from './bulksms-webhook-reader.ts'
import { registerBulksmsWebhooks, removeBulksmsWebhooks } from './bulksms-webhook-setup.ts'
import type { ProviderAdapter } from './provider-adapter.ts'
import type { ProviderHttp } from './provider-http.ts'

/** No contacts, tags, notes or attachments; texts for later cannot be called off, so they are not handed over. */
export const bulksmsCapabilities: ReadonlySet<ProviderCapability> = new Set<ProviderCapability>([
  'deliveryReports',
  'inbound',
  'credits',
  'optOutRead',
  'optOutWrite',
  'webhookApi',
])

/** @see https://www.bulksms.com/developer/json/v1/ */
export function createBulksmsAdapter(parts: {
  baseUrl: string
  credentials: BulksmsCredentials
  settings: Pick<BulksmsSettings, 'sender'>
  timeoutMs?: number
}): ProviderAdapter {
  const http = createBulksmsHttp(parts)
  return {
    name: 'bulksms',
    capabilities: bulksmsCapabilities,
    checkCredentials: () => readAccount(http),
    send: (text) => sendByBulksms(http, parts.settings, text),
    readReports: (query) => readBulksmsReports(http, query),
    readReplies: (since) => readBulksmsReplies(http, since),
    readWebhook: readBulksmsWebhook,
    listOptOuts: (cursor) => listBlockedNumbers(http, cursor),
    optOut: (phone) => blockNumber(http, phone),
    async optIn() {
      throw new AppError(
        'rejected',
        'BulkSMS cannot take a number off its block list by itself: ask BulkSMS.',
      )
    },
    registerWebhooks: (target) => registerBulksmsWebhooks(http, target),
    removeWebhooks: (ids, url) => removeBulksmsWebhooks(http, ids, url),
  }
}

/** What else it tells (company, address of payment) is left unread. */
const profileSchema = z.object({
  username: z.string(),
  credits: z
    .object({ balance: z.number().nullish().catch(null) })
    .nullish()
    .catch(null),
  originAddresses: z
    .object({ allowed: z.array(z.string()).nullish().catch(null) })
    .nullish()
    .catch(null),
})

async function readAccount(http: ProviderHttp): Promise<ProviderAccount> {
  const profile = await askBulksms(http, { method: 'GET', path: '/profile' }, profileSchema)
  return {
    name: profile.username,
    credits: profile.credits?.balance ?? null,
    inboxes: [],
    senders: profile.originAddresses?.allowed ?? [],
  }
}
