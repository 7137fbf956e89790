import type { JobQueue } from './jobs/job-queue.ts'
import type { Metrics } from './metrics.ts'
import { isRowFault } from './storage/row-faults.ts'
import type { Surroundings } from './surroundings.ts'
import type { WebhookHandler } from './webhook-handlers.ts'
import { createWebhookInbox } from './webhooks/webhook-inbox.ts'
import { createWebhookRecorder } from './webhooks/webhook-recorder.ts'
import type { WebhookRepository } from './webhooks/webhook-repository.ts'

/** What failed just now is not tried again at once. */
const tryAgainAfterSeconds = 2

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
  const inbox = createWebhookInbox({
    repository,
    handle,
    queueJobs: (left, transaction) =>
      jobs.sendAll('process-webhooks', left, transaction, { startAfterSeconds: tryAgainAfterSeconds }),
    logger,
    now,
  })
  if (metrics) measure(metrics, repository, now)
  return {
    inbox,
    record: createWebhookRecorder({ repository, stored: inbox.stored, isRowFault }),
  }
}

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
