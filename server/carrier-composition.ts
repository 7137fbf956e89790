import type { Connection } from './connection-composition.ts'
import type { JobQueue } from './jobs/job-queue.ts'
import { happenedAt } from './events/webhook-news.ts'
import { hashOfBody } from './messages/body-hash.ts'
import { composeMissed } from './missed-composition.ts'
import type { ProviderStore } from './provider-composition.ts'
import { carrierEventType, keyOfEvent, storedEvent } from './providers/carrier-event.ts'
import { createCarrierContacts } from './providers/carrier-contacts.ts'
import { createCarrierEventService } from './providers/carrier-event-service.ts'
import { createCarrierQueue } from './providers/carrier-queue.ts'
import { createCrmDndService } from './providers/crm-dnd-service.ts'
import { createDeliveryService } from './providers/delivery-service.ts'
import { createInboundRepository } from './providers/inbound-repository.ts'
import { createInboundService } from './providers/inbound-service.ts'
import { createLocationCountries } from './providers/location-country.ts'
import { createLocationPhones } from './providers/location-phones.ts'
import { createMessageFollowRepository } from './providers/message-follow-repository.ts'
import { createOptOutRepository } from './providers/opt-out-repository.ts'
import { createOptOutService, type OptOutService } from './providers/opt-out-service.ts'
import { createOutboundIntake } from './providers/outbound-intake.ts'
import { createOutboundService } from './providers/outbound-service.ts'
import { createProviderMessageRepository } from './providers/provider-message-repository.ts'
import { createProviderUpkeep } from './providers/provider-upkeep.ts'
import { createProviderWebhookRoutes } from './providers/provider-webhook-routes.ts'
import type { RateLimits } from './rate-limit.ts'
import type { Surroundings } from './surroundings.ts'
import type { RecordWebhook } from './webhooks/webhook-recorder.ts'
import { storable } from './webhooks/webhook-event.ts'
import type { WebhookEvent, WebhookRepository } from './webhooks/webhook-repository.ts'

const deliverAgainSeconds = 1

type Happened = (
  locationId: string,
  event: {
    kind: 'delivery_failed' | 'reply' | 'opt_out'
    contactId: string
    messageId?: string | null
    at?: Date | null
  },
) => Promise<void>

/** Texts through other systems: out, what became of them, in, and who wants none. */
export function composeCarriers(
  surroundings: Surroundings,
  parts: {
    store: ProviderStore
    connection: Pick<Connection, 'platform' | 'repository'>
    jobs: JobQueue
    webhookRepository: WebhookRepository
    record: RecordWebhook
    keepCompared: (locationIds: string[]) => Promise<void>
    limitRefused: RateLimits['badWebhooks']
    /** Tells the rules of a location. */
    happened: Happened
  },
) {
  const { database, logger, now } = surroundings
  const { db } = database
  const { store, connection, jobs, webhookRepository, happened } = parts
  const { connections } = store
  const { platform } = connection
  const adapterOf = store.adapters.forConnection
  const messages = createProviderMessageRepository({ db, now })
  const follow = createMessageFollowRepository({ db, now })
  const inbound = createInboundRepository({ db, now })
  const queue = createCarrierQueue(jobs, now)
  const phones = createLocationPhones({
    countryOf: createLocationCountries({ locations: platform.locations, now }),
  })
  const carrierContacts = createCarrierContacts({ ...platform, readPhone: phones.read })
  const optOutList = createOptOutRepository({ db })

  const optOuts: OptOutService = createOptOutService({
    optOuts: optOutList,
    contacts: carrierContacts,
    connections,
    adapterOf,
    readPhone: phones.read,
    optOutHappened: (locationId, contactId) => happened(locationId, { kind: 'opt_out', contactId }),
    troubled: (...trouble) => upkeep.troubled(...trouble),
    now,
  })

  const followDnd = createCrmDndService({
    optOuts: optOutList,
    connections,
    adapterOf,
    readPhone: phones.read,
  })

  const takePosted = createOutboundIntake({
    messages,
    connections,
    queueSend: queue.send,
    queueTell: queue.tell,
    now,
    logger,
  })

  const outbound = createOutboundService({
    messages,
    connections,
    adapterOf,
    findEvent: webhookRepository.find,
    toE164: phones.read,
    objectionTo: optOuts.objectionTo,
    optedOut: optOuts.optedOut,
    queueSend: queue.send,
    queueTell: queue.tell,
    queuePoll: queue.poll,
    now,
    logger,
  })

  const delivery = createDeliveryService({
    messages,
    follow,
    connections,
    adapterOf,
    conversations: platform.conversations,
    phoneOf: outbound.phoneOf,
    optedOut: optOuts.optedOut,
    deliveryFailed: ({ locationId, contactId, messageId, updatedAt }) =>
      happened(locationId, { kind: 'delivery_failed', contactId, messageId, at: updatedAt }),
    queueTell: queue.tell,
    troubled: (...trouble) => upkeep.troubled(...trouble),
    now,
    logger,
  })

  const receiving = createInboundService({
    inbound,
    contacts: carrierContacts,
    conversations: platform.conversations,
    connections,
    optOuts,
    isOfAnotherLocation: messages.isOfAnotherLocation,
    readSender: phones.readSender,
    queueDelivery: queue.deliver,
    queueLater: (locationId, id) => queue.deliver(locationId, id, undefined, deliverAgainSeconds),
    replied: (locationId, contactId, messageId) =>
      happened(locationId, { kind: 'reply', contactId, messageId }),
    isSameText: (one, other) => hashOfBody(one) === hashOfBody(other),
  })

  const { readReplies, seenInThread } = composeMissed(surroundings, {
    store,
    messages,
    contacts: platform.contacts,
    receiving,
    troubled: (...trouble) => upkeep.troubled(...trouble),
    jobs,
    webhookRepository,
  })

  const upkeep = createProviderUpkeep({
    messages: follow,
    inbound,
    connections,
    adapterOf,
    queueSend: (message) => queue.send(message, 0),
    queueTell: queue.tell,
    endUnconfirmed: delivery.endUnconfirmed,
    queueDelivery: queue.deliver,
    queuePoll: queue.poll,
    queueOptOutRead: queue.readOptOuts,
    queueReplyRead: queue.readReplies,
    keepCompared: parts.keepCompared,
    now,
    logger,
  })

  return {
    optOuts,
    webhookRoutes: createProviderWebhookRoutes({
      findConnection: connections.findById,
      secretOf: store.sealer.openSecret,
      adapterOf,
      record: async ({ id, locationId, carrier }, events) => {
        const receivedAt = new Date(now())
        await Promise.all(
          events.map((event) =>
            parts.record({
              dedupeKey: keyOfEvent(id, event, now()),
              type: carrierEventType,
              locationId,
              companyId: null,
              eventAt: 'at' in event ? event.at : null,
              receivedAt,
              payload: storable(storedEvent(carrier, event)),
            }),
          ),
        )
      },
      markCalled: connections.markCalled,
      limitRefused: parts.limitRefused,
    }),
    outboundPosted: takePosted,
    seenInThread,
    /** Its work takes calls to other systems, for which what else came with it shall not wait. */
    dndChanged: async ({ id, locationId }: WebhookEvent): Promise<void> => {
      if (locationId === null || (await connections.listOf(locationId)).length === 0) return
      await jobs.send('follow-contact-dnd', { locationId, eventId: id })
    },
    carrierTold: createCarrierEventService({
      reported: delivery.reported,
      received: receiving.take,
      optedOut: optOuts.optedOut,
      optedIn: optOuts.optedIn,
      readSender: phones.readSender,
    }),
    carriers: {
      send: outbound.send,
      tell: delivery.tell,
      deliver: receiving.deliver,
      poll: async (locationId: string, carrier: Parameters<typeof delivery.poll>[1]): Promise<void> => {
        if (await delivery.poll(locationId, carrier)) await queue.poll(locationId, carrier)
      },
      followDnd: async (locationId: string, eventId: number): Promise<void> => {
        const event = await webhookRepository.find(eventId)
        if (event) await followDnd(locationId, event.payload, happenedAt(event))
      },
      follow: upkeep.follow,
      checkAll: upkeep.checkAll,
      readAllOptOuts: upkeep.readAllOptOuts,
      readOptOuts: optOuts.readList,
      readAllReplies: upkeep.readAllReplies,
      readReplies,
    },
    prune: async (): Promise<void> => {
      await messages.prune()
      await inbound.prune()
    },
  }
}
