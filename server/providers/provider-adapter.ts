import type { ProviderAccount, ProviderCapability, ProviderName } from '../../shared/provider-contract.ts'

/** Phone numbers are E.164 with `+` on our side of an adapter, whatever the system writes. */
export type OutboundText = {
  to: string
  text: string
  /** Where it can be sent; each publicly readable. */
  mediaUrls: readonly string[]
  /**
   * Ours, the same at every try: the system drops a repeat by it where it can. `number` is a positive int32 for those
   * that take no text.
   */
  dedupe: { text: string; number: number }
  /** The CRM's contact id. */
  contactId: string
}

/** How far a text has come, in words that all systems share. Never goes back: see `isReportProgress`. */
export type DeliveryState = 'accepted' | 'sent' | 'delivered' | 'failed' | 'unknown'

export type SendOutcome = (
  | { kind: 'accepted'; providerMessageId: string }
  /** For good: trying again would change nothing. */
  | { kind: 'refused'; reason: RefusalReason; message: string }
  /** Provably not sent; may be tried again. */
  | { kind: 'not_sent'; retryAfterMs: number | null; message: string }
  /** It may have gone out. `isRepeatable`: the system drops a repeat with the same dedupe id for sure. */
  | { kind: 'unknown'; isRepeatable: boolean }
) & {
  /** The system's own id of the call, which its support asks for. */
  requestId?: string | null
}

/** `credentials` and `no_credits` break the whole connection, the others this text alone. */
export type RefusalReason = 'credentials' | 'no_credits' | 'opted_out' | 'bad_number' | 'rejected'

export type DeliveryReport = {
  providerMessageId: string
  /** Where the system sends ours back. */
  dedupeText: string | null
  state: DeliveryState
  /** The system's own words. */
  raw: string
  /** Why it failed, for people. */
  reason: string | null
  /** The person does not want texts any more. */
  isOptOut: boolean
  at: Date | null
}

export type InboundText = {
  providerMessageId: string
  from: string
  /** Ours, where the system tells. */
  to: string | null
  text: string
  mediaUrls: readonly string[]
  /** The system's id of the text that it answers, where the system tells. */
  answersMessageId: string | null
  at: Date | null
}

/** What a webhook of the system says; one call may hold several. */
export type ProviderEvent =
  | ({ kind: 'status' } & DeliveryReport)
  | ({ kind: 'inbound' } & InboundText)
  | { kind: 'opt_out' | 'opt_in'; phone: string; at: Date | null }
  /** Known or not, it is nothing to us. */
  | { kind: 'other'; type: string }

/** A webhook as it came: its bytes, for ids may be longer than JavaScript's numbers. */
export type ProviderWebhook = {
  body: Buffer
  /** Lower-case names. */
  headers: Readonly<Record<string, string | undefined>>
  query: Readonly<Record<string, string | undefined>>
}

/** A system that carries texts, behind one contract; it knows nothing of contacts, conversations or our tables. */
export type ProviderAdapter = {
  name: ProviderName
  capabilities: ReadonlySet<ProviderCapability>
  /** @throws {AppError} `rejected` for credentials that are refused; `upstream_unavailable` for what may pass */
  checkCredentials(): Promise<ProviderAccount>
  /** Never throws for what the system answers. */
  send(text: OutboundText): Promise<SendOutcome>
  /** What became of texts that it took; those it does not know are left out. */
  readReports(query: { providerMessageIds: readonly string[]; since: Date }): Promise<DeliveryReport[]>
  /** What came in since then, oldest first, for webhooks that were lost; what is known already may come again. */
  readReplies(since: Date): Promise<InboundText[]>
  /**
   * Reads a webhook whose secret was checked.
   * @returns undefined where the body is nothing of this system
   */
  readWebhook(webhook: ProviderWebhook): ProviderEvent[] | undefined
  /** Only with `optOutRead`: numbers that are opted out, all or those since the cursor of the last call. */
  listOptOuts(cursor: string | null): Promise<{ phones: string[]; cursor: string | null }>
  /** Only with `optOutWrite`. */
  optOut(phone: string): Promise<void>
  /** Only with `optOutUndo`. */
  optIn(phone: string): Promise<void>
  /** Only with `webhookApi`: sets up what is missing and mends what differs. @returns what to take down later */
  registerWebhooks(target: WebhookTarget): Promise<string[]>
  /**
   * @param ids as `registerWebhooks` told them
   * @param url of the target, without its secret
   * @returns in words what could not be taken down
   */
  removeWebhooks(ids: readonly string[], url: string): Promise<string[]>
}

export type WebhookTarget = {
  /** With the secret, as the system is to call it. */
  url: string
  /** Tells our webhooks in that account from others. */
  name: string
  alertEmail: string
}
