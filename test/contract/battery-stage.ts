import type {
  OutboundText,
  ProviderAdapter,
  ProviderWebhook,
} from '../../server/providers/provider-adapter.ts'
import type { FaultInjector } from '../sandbox/fault-injector.ts'

/** One provider beside its stand-in, as far as all of them can be asked the same. */
export type ProviderStage = {
  adapter: ProviderAdapter
  /** The same with credentials that are not known over there. */
  stranger: ProviderAdapter
  /** Whether a repeat with the same dedupe id is promised to be dropped. */
  dropsRepeats: boolean
  faults: FaultInjector
  /** The call that sends. */
  sending: { method: string; path: string }
  /** A text like no other to somebody who can be texted. */
  text(fields?: Partial<OutboundText>): OutboundText
  /** Somebody to whom texts fail after they were taken. */
  failing: Partial<OutboundText>
  /** Nobody's number. */
  unreachable: Partial<OutboundText>
  /** Somebody who wants no texts. */
  optedOut(): Partial<OutboundText>
  /** What left for phones, oldest first. */
  sentWords(): string[]
  /** Makes it tell a status that no document lists. */
  setRawStatus(providerMessageId: string, word: string): void
  /** What it posts when that person replies. */
  reply(phone: string, words: string): Promise<ProviderWebhook>
  webhookUrl: string
  settle(): Promise<void>
  secrets(): string[]
  close(): Promise<void>
}
