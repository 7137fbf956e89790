import type { CarrierName } from '../shared/provider-contract.ts'
import type { JobHandlers, JobMap } from './jobs/job-map.ts'

/** Door 3: what each job does. */
export function createJobHandlers(parts: {
  workOnWebhooks: (eventIds: readonly number[]) => Promise<void>
  minting: {
    mint: (request: JobMap['mint-location']) => Promise<void>
    mintListed: (companyId: string) => Promise<void>
  }
  upkeep: { refreshIdle: () => Promise<void> }
  live: {
    settleMessages: () => Promise<void>
    sweepDue: () => Promise<void>
    sweep: (locationId: string, rest?: JobMap['sweep-location']['rest']) => Promise<void>
  }
  automations: {
    run: (runId: number) => Promise<void>
    resume: () => Promise<void>
    learn: (locationId: string, rest?: JobMap['learn-contacts']['rest']) => Promise<void>
  }
  sync: {
    run: (step: JobMap['sync-run']) => Promise<void>
    contact: (task: JobMap['sync-contact']) => Promise<void>
    note: (task: JobMap['sync-note']) => Promise<void>
    poll: (locationId: string) => Promise<void>
    pollAll: () => Promise<void>
    compareAll: () => Promise<void>
  }
  carriers: {
    send: (locationId: string, id: number) => Promise<void>
    tell: (locationId: string, id: number) => Promise<void>
    deliver: (locationId: string, id: number) => Promise<void>
    poll: (locationId: string, carrier: CarrierName) => Promise<void>
    followDnd: (locationId: string, eventId: number) => Promise<void>
    readOptOuts: (locationId: string, carrier: CarrierName) => Promise<void>
    readAllOptOuts: () => Promise<void>
    readReplies: (locationId: string, carrier: CarrierName) => Promise<void>
    readAllReplies: () => Promise<void>
    follow: () => Promise<void>
    checkAll: () => Promise<void>
  }
  /** Each forgets what is too old in a ledger of its own. */
  prunes: readonly (() => Promise<void>)[]
}): JobHandlers {
  const { workOnWebhooks, minting, upkeep, live, automations, sync, carriers } = parts

  /** One that fails keeps none of the others from it. */
  async function pruneAll(): Promise<void> {
    const failures: unknown[] = []
    for (const prune of parts.prunes) await prune().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }

  return {
    'process-webhooks': ({ eventIds }) => workOnWebhooks(eventIds),
    'carrier-events': ({ eventIds }) => workOnWebhooks(eventIds),
    'mint-location': (request) => minting.mint(request),
    'install-locations': ({ companyId }) => minting.mintListed(companyId),
    'refresh-idle-installations': () => upkeep.refreshIdle(),
    'settle-messages': () => live.settleMessages(),
    'sweep-locations': () => live.sweepDue(),
    'sweep-location': ({ locationId, rest }) => live.sweep(locationId, rest),
    'run-automation': ({ runId }) => automations.run(runId),
    'resume-automations': () => automations.resume(),
    'learn-contacts': ({ locationId, rest }) => automations.learn(locationId, rest),
    'sync-run': (step) => sync.run(step),
    'sync-contact': (task) => sync.contact(task),
    'sync-note': (task) => sync.note(task),
    'sync-polls': () => sync.pollAll(),
    'sync-poll': ({ locationId }) => sync.poll(locationId),
    'sync-daily': () => sync.compareAll(),
    'send-provider-message': ({ locationId, id }) => carriers.send(locationId, id),
    'tell-provider-status': ({ locationId, id }) => carriers.tell(locationId, id),
    'deliver-inbound': ({ locationId, id }) => carriers.deliver(locationId, id),
    'poll-provider-reports': ({ locationId, carrier }) => carriers.poll(locationId, carrier),
    'follow-contact-dnd': ({ locationId, eventId }) => carriers.followDnd(locationId, eventId),
    'read-opt-outs': ({ locationId, carrier }) => carriers.readOptOuts(locationId, carrier),
    'read-all-opt-outs': () => carriers.readAllOptOuts(),
    'read-replies': ({ locationId, carrier }) => carriers.readReplies(locationId, carrier),
    'read-all-replies': () => carriers.readAllReplies(),
    'follow-provider-messages': () => carriers.follow(),
    'check-providers': () => carriers.checkAll(),
    'prune-ledgers': pruneAll,
  }
}
