import type { JobQueue } from './jobs/job-queue.ts'
import type { Metrics } from './metrics.ts'
import { carrierEventType } from './providers/carrier-event.ts'
import { isRowFault } from './storage/row-faults.ts'
import type { Surroundings } from './surroundings.ts'
import { type WebhookHandler, takesTime } from './webhook-handlers.ts'
import { createWebhookInbox } from './webhooks/webhook-inbox.ts'
import { jobsFor } from './webhooks/webhook-jobs.ts'
import { createWebhookRecorder } from './webhooks/webhook-recorder.ts'
import type { OwnedEvent, QueueOwned, WebhookRepository } from './webhooks/webhook-repository.ts'

/** What is stored of webhooks, and who works on it. */
export function composeWebhooks(
  { logger, now }: Surroundings,
  parts: {
    repository: WebhookRepository
    jobs: JobQueue
    metrics: Metrics | undefined
    handle: WebhookHandler
  },
) {
  const { repository, jobs, metrics, handle } = parts

  /** The CRM's events do not wait for other systems. */
  const queueJobs =
    (startAfterSeconds: number): QueueOwned =>
    async (events, transaction) => {
      const byQueue = Map.groupBy(events, queueOf)
      for (const [name, owned] of byQueue) {
        await jobs.sendAll(name, jobsFor(owned), transaction, { startAfterSeconds })
      }
    }

  const inbox = createWebhookInbox({ repository, handle, takesTime, queueJobs, logger, now })
  if (metrics) measure(metrics, repository, now)
  return {
    inbox,
    record: createWebhookRecorder({ repository, stored: inbox.stored, isRowFault }),
  }
}

const queueOf = ({ type }: OwnedEvent) => (type === carrierEventType ? 'carrier-events' : 'process-webhooks')

function measure(metrics: Metrics, repository: WebhookRepository, now: () => number): void {
  metrics.readAtScrape({
    name: 'wrapup_webhooks_waiting',
    help: 'Webhooks that nobody has worked on and that no job is about',
    read: async () => [{ value: (await repository.waiting()).count }],
  })
  metrics.readAtScrape({
    name: 'wrapup_webhook_oldest_waiting_seconds',
    help: 'How long the one that waits longest has done so',
    read: async () => {
      const { oldestAt } = await repository.waiting()
      return [{ value: oldestAt === null ? 0 : Math.max(0, (now() - oldestAt.getTime()) / 1_000) }]
    },
  })
}
