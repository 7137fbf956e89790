import type { ContactsApi } from './highlevel/contacts-api.ts'
import type { ProviderStore } from './provider-composition.ts'
import type { createInboundService } from './providers/inbound-service.ts'
import { createMissedReplies } from './providers/missed-replies.ts'
import { createMissedTexts } from './providers/missed-texts.ts'
import type { ProviderMessageRepository } from './providers/provider-message-repository.ts'
import type { Surroundings } from './surroundings.ts'
import { storable } from './webhooks/webhook-event.ts'
import type { WebhookRecorder } from './webhooks/webhook-recorder.ts'

/** What no webhook told of texts through other systems: replies found over there, posts found in the CRM's threads. */
export function composeMissed(
  { logger, now }: Surroundings,
  parts: {
    store: ProviderStore
    messages: ProviderMessageRepository
    contacts: Pick<ContactsApi, 'get'>
    receiving: Pick<ReturnType<typeof createInboundService>, 'take'>
    troubled: Parameters<typeof createMissedReplies>[0]['troubled']
    /** Stores an event of the platform and queues the work on it. */
    recordWebhook: WebhookRecorder
  },
) {
  const { store, messages, contacts, receiving, troubled, recordWebhook } = parts
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
      phoneOf: async (locationId, contactId) => (await contacts.get(locationId, contactId)).phone,
      record: async ({ locationId, messageId, writtenAt, payload }) => {
        logger.warn({ locationId, messageId }, 'a text was never posted, and is taken from its thread')
        await recordWebhook({
          event: {
            dedupeKey: `missed:${messageId}`,
            type: 'ProviderOutboundMessage',
            locationId,
            companyId: null,
            eventAt: writtenAt,
            receivedAt: new Date(now()),
            payload: storable(payload),
          },
        })
      },
      now,
    }),
  }
}
