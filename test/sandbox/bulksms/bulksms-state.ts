export type BulksmsStatus = {
  type: 'ACCEPTED' | 'SCHEDULED' | 'SENT' | 'DELIVERED' | 'FAILED' | 'UNKNOWN'
  subtype: 'EXPIRED' | 'HANDSET_ERROR' | 'BLOCKED' | 'NOT_SENT' | null
}

export type BulksmsText = {
  /** 19 digits. */
  id: string
  type: 'SENT' | 'RECEIVED'
  /** Digits, or a name. */
  from: string
  /** Digits. */
  to: string
  body: string
  encoding: 'TEXT' | 'UNICODE' | 'BINARY'
  submission: { id: string; date: string }
  status: BulksmsStatus
  /** As the answer to the submission told it. */
  submittedAs: BulksmsStatus
  userSuppliedId: string | null
  relatedSentMessageId: string | null
  /** Told from the first status on, not in the answer to the submission. */
  numberOfParts: number | null
  creditCost: number | null
  isRepliable: boolean
  /** Not listed before. */
  dueMs: number
}

export type BulksmsWebhook = {
  id: number
  name: string
  url: string
  triggerScope: 'SENT' | 'RECEIVED'
  invokeOption: 'ONE' | 'MANY'
  contactEmailAddress: string | null
  active: boolean
  onWebApp: boolean
}

export type BulksmsState = {
  tokens: { id: string; secret: string }[]
  username: string
  created: string
  credits: number
  quota: { size: number; remaining: number }
  senders: { isFullControlAllowed: boolean; allowed: string[] }
  /** Where replies come to, which is the sender of texts that can be replied to. */
  replyNumber: string
  messages: BulksmsText[]
  webhooks: BulksmsWebhook[]
  blocked: { id: number; phoneNumber: string }[]
  /** By deduplication id. */
  submissions: Map<number, { atMs: number; messageIds: string[] }>
  nextMessageId(): string
  nextSubmissionId(): string
  nextSmallId(): number
}

export type BulksmsBehaviour = {
  /** Its specification says text, its answers have been seen with numbers. */
  idsAs: 'numbers' | 'text'
  /** The two shapes that are documented for webhooks. */
  payloadShape: 'flat' | 'nested'
  statusDelaysMs: { sent: number; settled: number }
  /** How many messages a page holds at most, whatever is asked for: a short page is not the last. */
  maxPageSize: number
  /** How often each call of a webhook is made, whatever is answered. */
  webhookCopies: number
}

export const defaultBulksmsBehaviour: BulksmsBehaviour = {
  idsAs: 'numbers',
  payloadShape: 'flat',
  statusDelaysMs: { sent: 700, settled: 1_800 },
  maxPageSize: 1_000,
  webhookCopies: 1,
}

/** Neither costs nor arrives, but calls the webhooks. */
export const failingNumber = '1111111'
/** Of numbers whose texts fail, as in the CRM's stand-in. */
export const bulksmsEndings = {
  expired: '0197',
  refused: '0198',
  /** Of a network that reports nothing: the text stays sent for ever. */
  silent: '0196',
} as const

export function createBulksmsState(): BulksmsState {
  let lastMessageId = 1_674_811_778_896_240_640n
  let lastSubmissionId = 522_347_561
  let lastSmallId = 233
  return {
    tokens: [{ id: 'TESTID-01-A', secret: 't3st!Secret#' }],
    username: 'harbor-dental',
    created: '2020-01-01T00:00:00Z',
    credits: 500,
    quota: { size: 2_000, remaining: 2_000 },
    senders: { isFullControlAllowed: false, allowed: ['HarborDent', '15105550142'] },
    replyNumber: '447700900142',
    messages: [],
    webhooks: [],
    blocked: [],
    submissions: new Map(),
    nextMessageId: () => String((lastMessageId += 1n)),
    nextSubmissionId: () => `1-${String((lastSubmissionId += 1)).padStart(20, '0')}`,
    nextSmallId: () => (lastSmallId += 1),
  }
}
