import { createBatcher } from '../batcher.ts'
import type { ReceivedEvent, WebhookEvent, WebhookRepository } from './webhook-repository.ts'

/** @returns resolves once the event is stored for good; whether it was new */
export type RecordWebhook = (event: ReceivedEvent) => Promise<boolean>

/** Stores events, many in one statement where many come, and hands on those that are new. */
export function createWebhookRecorder(parts: {
  repository: Pick<WebhookRepository, 'storeAll'>
  stored: (events: WebhookEvent[]) => void
  /** Whether one event may have spoilt a statement for the others. */
  isRowFault: (error: unknown) => boolean
}): RecordWebhook {
  const { repository, stored, isRowFault } = parts
  return createBatcher<ReceivedEvent, boolean>({
    async runAll(events) {
      const found = await repository.storeAll(events)
      stored(found.filter((event) => event !== undefined))
      return found.map((event) => event !== undefined)
    },
    isOfOneRow: isRowFault,
  })
}
