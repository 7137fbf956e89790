import type { JobHandlers, JobMap } from './jobs/job-map.ts'
import type { WebhookHandler } from './webhook-handlers.ts'
import type { WebhookRepository } from './webhooks/webhook-repository.ts'

/** Door 3: what each job does. */
export function createJobHandlers(parts: {
  webhookRepository: WebhookRepository
  handleWebhook: WebhookHandler
  minting: {
    mint: (request: JobMap['mint-location']) => Promise<void>
    mintAll: (companyId: string, approvedLocations: readonly string[]) => Promise<unknown>
  }
  upkeep: { refreshIdle: () => Promise<void> }
  live: {
    settleMessages: () => Promise<void>
    sweepDue: () => Promise<void>
    sweep: (locationId: string) => Promise<void>
    prune: () => Promise<void>
  }
  now: () => number
}): JobHandlers {
  const { webhookRepository, handleWebhook, minting, upkeep, live, now } = parts
  return {
    'process-webhook': async ({ eventId }) => {
      const event = await webhookRepository.find(eventId)
      if (!event || event.processedAt !== null) return
      await handleWebhook(event)
      await webhookRepository.markProcessed(eventId, new Date(now()))
    },
    'mint-location': (request) => minting.mint(request),
    'install-locations': async ({ companyId }) => {
      await minting.mintAll(companyId, [])
    },
    'refresh-idle-installations': () => upkeep.refreshIdle(),
    'settle-messages': () => live.settleMessages(),
    'sweep-locations': () => live.sweepDue(),
    'sweep-location': ({ locationId }) => live.sweep(locationId),
    'prune-ledgers': () => live.prune(),
  }
}
