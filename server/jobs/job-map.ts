import type { CarrierName } from '../../shared/provider-contract.ts'
import type { SyncOrigin } from '../../shared/sync-contract.ts'

/** Every job by name, and what it carries: ids and times only, never tokens or texts. */
export type JobMap = {
  /** Works on stored webhook events of one owner; the other ids say whose they are. */
  'process-webhooks': { eventIds: number[]; locationId: string | null; companyId: string | null }
  /** Makes a location's token out of its company's; `requestedAt` is epoch ms. */
  'mint-location': { companyId: string; locationId: string; requestedAt: number }
  /** Brings in all locations of a company. */
  'install-locations': { companyId: string }
  /** Uses the refresh tokens of installations that nobody looks at, before those die of it. */
  'refresh-idle-installations': Record<string, never>
  /** Looks for what became of texts whose outcome is unknown. */
  'settle-messages': Record<string, never>
  /** Queues a comparison of each location that is due for one. */
  'sweep-locations': Record<string, never>
  /** Compares a location with the platform, or what an earlier comparison left over; epoch ms. */
  'sweep-location': { locationId: string; rest?: { startedAtMs: number; beforeMs: number } }
  /** Makes what a rule asks for on one occasion. */
  'run-automation': { locationId: string; runId: number }
  /** Looks through a location's contacts for what its rules watch, or through what an earlier job left over. */
  'learn-contacts': {
    locationId: string
    rest?: { startedAtMs: number; after: (string | number)[]; keys: string[] }
  }
  /** Goes on with a comparison of all contacts of two systems. */
  'sync-run': { locationId: string; runId: string }
  /** Brings one contact in step; one of its ids is enough. `logId`: the entry that is tried again. */
  'sync-contact': {
    locationId: string
    crmContactId: string | null
    providerContactId: string | null
    origin: SyncOrigin
    logId: number | null
  }
  /** Carries a note over as a comment. */
  'sync-note': { locationId: string; contactId: string; noteId: string }
  /** Asks another system which contacts changed: of all locations that want it, and of one. */
  'sync-polls': Record<string, never>
  'sync-poll': { locationId: string }
  /** Compares all contacts of the locations that want it. */
  'sync-daily': Record<string, never>
  /** Works on stored events of other systems' webhooks. */
  'carrier-events': { eventIds: number[]; locationId: string | null; companyId: string | null }
  /** Hands a text that the CRM posted to the system that carries it. */
  'send-provider-message': { locationId: string; id: number }
  /** Tells the CRM how such a text ended. */
  'tell-provider-status': { locationId: string; id: number }
  /** Puts a text that came in through another system into the CRM's thread. */
  'deliver-inbound': { locationId: string; id: number }
  /** Asks another system what became of open texts. */
  'poll-provider-reports': { locationId: string; carrier: CarrierName }
  /** Tells other systems that a contact's do-not-disturb changed. */
  'follow-contact-dnd': { locationId: string; eventId: number }
  /** Reads on in another system's own list of who wants no texts. */
  'read-opt-outs': { locationId: string; carrier: CarrierName }
  'read-all-opt-outs': Record<string, never>
  /** Moves on what stood still, and looks for what became of the rest. */
  'follow-provider-messages': Record<string, never>
  /** Looks whether other systems still take their credentials, and how many credits there are. */
  'check-providers': Record<string, never>
  /** Forgets what is too old to matter. */
  'prune-ledgers': Record<string, never>
}

export type JobName = keyof JobMap

export type JobHandlers = { [Name in JobName]: (payload: JobMap[Name]) => Promise<void> }

export type JobOptions = {
  retryLimit: number
  /** Pause before the first retry; doubles with each. */
  retryDelaySeconds: number
  /** A job that runs longer is given to another worker. */
  expireInSeconds: number
  /** How many run at a time in one process. */
  concurrency: number
  /** How many of those may be one location's (or company's), so that the others' never wait behind them. */
  concurrencyPerOwner: number
  /** One job at most waits to be run: per `singletonKey` where it is sent with one, else of all. */
  waitsOnce?: true
}

export const jobOptions: Record<JobName, JobOptions> = {
  'process-webhooks': {
    retryLimit: 12,
    retryDelaySeconds: 2,
    expireInSeconds: 120,
    concurrency: 2,
    concurrencyPerOwner: 1,
  },
  'mint-location': {
    retryLimit: 12,
    retryDelaySeconds: 5,
    expireInSeconds: 120,
    concurrency: 2,
    concurrencyPerOwner: 1,
  },
  'install-locations': {
    retryLimit: 12,
    retryDelaySeconds: 5,
    expireInSeconds: 600,
    concurrency: 2,
    concurrencyPerOwner: 1,
  },
  'refresh-idle-installations': {
    retryLimit: 6,
    retryDelaySeconds: 60,
    expireInSeconds: 4 * 3_600,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'settle-messages': {
    retryLimit: 2,
    retryDelaySeconds: 5,
    expireInSeconds: 300,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'sweep-locations': {
    retryLimit: 2,
    retryDelaySeconds: 5,
    expireInSeconds: 60,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'sweep-location': {
    retryLimit: 2,
    retryDelaySeconds: 10,
    expireInSeconds: 120,
    concurrency: 4,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'run-automation': {
    retryLimit: 10,
    retryDelaySeconds: 5,
    expireInSeconds: 120,
    concurrency: 4,
    concurrencyPerOwner: 1,
  },
  'learn-contacts': {
    retryLimit: 4,
    retryDelaySeconds: 30,
    expireInSeconds: 600,
    concurrency: 2,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'sync-run': {
    retryLimit: 12,
    retryDelaySeconds: 5,
    expireInSeconds: 300,
    concurrency: 2,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'sync-contact': {
    retryLimit: 8,
    retryDelaySeconds: 5,
    expireInSeconds: 120,
    concurrency: 2,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'sync-note': {
    retryLimit: 8,
    retryDelaySeconds: 10,
    expireInSeconds: 120,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'sync-polls': {
    retryLimit: 2,
    retryDelaySeconds: 5,
    expireInSeconds: 60,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'sync-poll': {
    retryLimit: 2,
    retryDelaySeconds: 20,
    expireInSeconds: 120,
    concurrency: 2,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'sync-daily': {
    retryLimit: 4,
    retryDelaySeconds: 60,
    expireInSeconds: 300,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'carrier-events': {
    retryLimit: 12,
    retryDelaySeconds: 2,
    expireInSeconds: 120,
    concurrency: 2,
    concurrencyPerOwner: 1,
  },
  'send-provider-message': {
    retryLimit: 4,
    retryDelaySeconds: 5,
    expireInSeconds: 60,
    concurrency: 6,
    concurrencyPerOwner: 2,
  },
  'tell-provider-status': {
    retryLimit: 8,
    retryDelaySeconds: 5,
    expireInSeconds: 60,
    concurrency: 6,
    concurrencyPerOwner: 2,
  },
  'deliver-inbound': {
    retryLimit: 8,
    retryDelaySeconds: 5,
    expireInSeconds: 60,
    concurrency: 4,
    // Two texts of one stranger make one contact.
    concurrencyPerOwner: 1,
  },
  'poll-provider-reports': {
    retryLimit: 0,
    retryDelaySeconds: 20,
    expireInSeconds: 120,
    concurrency: 2,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'follow-contact-dnd': {
    retryLimit: 8,
    retryDelaySeconds: 5,
    expireInSeconds: 60,
    concurrency: 2,
    concurrencyPerOwner: 1,
  },
  'read-opt-outs': {
    retryLimit: 4,
    retryDelaySeconds: 60,
    expireInSeconds: 1_800,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'read-all-opt-outs': {
    retryLimit: 2,
    retryDelaySeconds: 60,
    expireInSeconds: 60,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'follow-provider-messages': {
    retryLimit: 2,
    retryDelaySeconds: 5,
    expireInSeconds: 60,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'check-providers': {
    retryLimit: 0,
    retryDelaySeconds: 60,
    expireInSeconds: 600,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'prune-ledgers': {
    retryLimit: 4,
    retryDelaySeconds: 60,
    expireInSeconds: 600,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
}

/** Jobs that need to know nothing: those may come by the clock. */
export type ScheduledJobName = {
  [Name in JobName]: JobMap[Name] extends Record<string, never> ? Name : never
}[JobName]

export type Schedule = {
  /** Five fields, UTC. One job is sent for however many times were missed while nothing ran. */
  cron?: string
  /** Also once, as soon as a process works on jobs. */
  atStart?: true
}

/** Their jobs should be `waitsOnce`: one that is still waiting is enough. */
export const schedules: { [Name in ScheduledJobName]?: Schedule } = {
  'refresh-idle-installations': { cron: '23 4 * * *', atStart: true },
  'settle-messages': { cron: '* * * * *', atStart: true },
  'sweep-locations': { cron: '* * * * *' },
  'sync-polls': { cron: '*/2 * * * *' },
  'sync-daily': { cron: '11 2 * * *' },
  'follow-provider-messages': { cron: '* * * * *', atStart: true },
  'check-providers': { cron: '*/10 * * * *' },
  'read-all-opt-outs': { cron: '11 2 * * *' },
  'prune-ledgers': { cron: '47 3 * * *' },
}
