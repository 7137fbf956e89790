import type { CarrierName } from '../../shared/provider-contract.ts'
import type { SyncOrigin } from '../../shared/sync-contract.ts'

/** Every job by name, and what it carries: ids and times only, never tokens or texts. */
export type JobMap = {
  /** Works on stored webhook events of one owner that take time, failed or were left; the other ids say whose they are. */
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
  /** Queues follow-ups of rules again whose jobs were given up. */
  'resume-automations': Record<string, never>
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
  /** Carries a note over as a comment. `logId`: the entry that is tried again. */
  'sync-note': { locationId: string; contactId: string; noteId: string; logId?: number }
  /** Asks another system which contacts changed: of all locations that want it, and of one. */
  'sync-polls': Record<string, never>
  'sync-poll': { locationId: string }
  /** Compares all contacts of the locations that want it. */
  'sync-daily': Record<string, never>
  /** The same of other systems' webhooks. */
  'carrier-events': JobMap['process-webhooks']
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
  /** Looks in another system for replies whose webhook was lost. */
  'read-replies': { locationId: string; carrier: CarrierName }
  'read-all-replies': Record<string, never>
  /** Moves on what stood still, and looks for what became of the rest. */
  'follow-provider-messages': Record<string, never>
  /** Looks whether other systems still take their credentials, and how many credits there are. */
  'check-providers': Record<string, never>
  /** Forgets what is too old to matter. */
  'prune-ledgers': Record<string, never>
}

export type JobName = keyof JobMap

export type JobHandlers = { [Name in JobName]: (payload: JobMap[Name]) => Promise<void> }

/** Jobs that need to know nothing: those may come by the clock. */
export type ScheduledJobName = {
  [Name in JobName]: JobMap[Name] extends Record<string, never> ? Name : never
}[JobName]
