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
  now: () => number
}): JobHandlers {
  const { webhookRepository, handleWebhook, minting, now } = parts
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
  }
}
