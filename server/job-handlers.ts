import type { JobHandlers, JobMap } from './jobs/job-map.ts'
import type { WebhookHandler } from './webhook-handlers.ts'
import type { WebhookRepository } from './webhooks/webhook-repository.ts'

/** Door 3: what each job does. */
export function createJobHandlers(parts: {
  webhookRepository: WebhookRepository
  handleWebhooks: WebhookHandler
  minting: {
    mint: (request: JobMap['mint-location']) => Promise<void>
    mintAll: (companyId: string, approvedLocations: readonly string[]) => Promise<unknown>
  }
  upkeep: { refreshIdle: () => Promise<void> }
  live: {
    settleMessages: () => Promise<void>
    sweepDue: () => Promise<void>
    sweep: (locationId: string, rest?: JobMap['sweep-location']['rest']) => Promise<void>
    prune: () => Promise<void>
  }
  now: () => number
}): JobHandlers {
  const { webhookRepository, handleWebhooks, minting, upkeep, live, now } = parts
  return {
    'process-webhooks': async ({ eventIds }) => {
      const { done, failures } = await handleWebhooks(await webhookRepository.listOpen(eventIds))
      await webhookRepository.markProcessed(done, new Date(now()))
      // What is done is not done again by the next try.
      if (failures.length > 0) throw failures[0]
    },
    'mint-location': (request) => minting.mint(request),
    'install-locations': async ({ companyId }) => {
      await minting.mintAll(companyId, [])
    },
    'refresh-idle-installations': () => upkeep.refreshIdle(),
    'settle-messages': () => live.settleMessages(),
    'sweep-locations': () => live.sweepDue(),
    'sweep-location': ({ locationId, rest }) => live.sweep(locationId, rest),
    'prune-ledgers': () => live.prune(),
  }
}
