import { hasCode } from './installations/installation-errors.ts'
import type { ContactsApi } from './highlevel/contacts-api.ts'
import type { JobQueue } from './jobs/job-queue.ts'
import type { ProviderStore } from './provider-composition.ts'
import type { createInboundService } from './providers/inbound-service.ts'
import { createMissedReplies } from './providers/missed-replies.ts'
import { createMissedTexts } from './providers/missed-texts.ts'
import type { ProviderMessageRepository } from './providers/provider-message-repository.ts'
import type { Surroundings } from './surroundings.ts'
import { storable } from './webhooks/webhook-event.ts'
import type { WebhookRepository } from './webhooks/webhook-repository.ts'

/** A post that is on its way comes by then, also that of a text that was scheduled long ago and leaves just now. */
const postedWithinSeconds = 180

/** What no webhook told of texts through other systems: replies found over there, posts found in the CRM's threads. */
export function composeMissed(
  { database, logger, now }: Surroundings,
  parts: {
    store: ProviderStore
    messages: ProviderMessageRepository
    contacts: Pick<ContactsApi, 'get'>
    receiving: Pick<ReturnType<typeof createInboundService>, 'take'>
    troubled: Parameters<typeof createMissedReplies>[0]['troubled']
    jobs: JobQueue
    webhookRepository: WebhookRepository
  },
) {
  const { store, messages, contacts, receiving, troubled, jobs, webhookRepository } = parts
  const { connections } = store

  return {
    readReplies: createMissedReplies({
      connections,
      adapterOf: store.adapters.forConnection,
      take: (locationId, carrier, reply) =>
        receiving.take(locationId, carrier, { ...storable(reply), at: reply.at }),
      troubled,
      now,
    }),

    seenInThread: createMissedTexts({
      messages,
      connections,
      phoneOf: async (locationId, contactId) => {
        try {
          return (await contacts.get(locationId, contactId)).phone
        } catch (error) {
          // Deleted, or merged into another: the thread is told that there is no number.
          if (hasCode(error, 'not_found')) return null
          throw error
        }
      },
      record: async ({ locationId, messageId, writtenAt, payload }) => {
        logger.warn({ locationId, messageId }, 'a text was not posted, and is taken from its thread')
        const event = {
          dedupeKey: `missed:${messageId}`,
          type: 'ProviderOutboundMessage',
          locationId,
          companyId: null,
          eventAt: writtenAt,
          receivedAt: new Date(now()),
          payload: storable(payload),
        }
        await database.db.transaction(async (transaction) => {
          const queuedAt = event.receivedAt
          const [stored] = await webhookRepository.storeAll([event], { within: transaction, queuedAt })
          if (!stored) return
          const payload = { eventIds: [stored.id], locationId, companyId: null }
          const options = { transaction, startAfterSeconds: postedWithinSeconds }
          await jobs.send('process-webhooks', payload, options)
        })
      },
      logger,
    }),
  }
}
