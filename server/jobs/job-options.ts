import type { JobName } from './job-map.ts'

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

const usual: JobOptions = {
  retryLimit: 8,
  retryDelaySeconds: 5,
  expireInSeconds: 120,
  concurrency: 2,
  concurrencyPerOwner: 1,
}
/** Work for all locations: one such job is enough. */
const single: JobOptions = { ...usual, retryLimit: 2, concurrency: 1, waitsOnce: true }

export const jobOptions: Record<JobName, JobOptions> = {
  'process-webhooks': { ...usual, retryLimit: 12, retryDelaySeconds: 2 },
  'mint-location': { ...usual, retryLimit: 12 },
  'install-locations': { ...usual, retryLimit: 12, expireInSeconds: 600 },
  'refresh-idle-installations': {
    ...single,
    retryLimit: 6,
    retryDelaySeconds: 60,
    expireInSeconds: 4 * 3_600,
  },
  'settle-messages': { ...single, expireInSeconds: 300 },
  'sweep-locations': { ...single, expireInSeconds: 60 },
  'sweep-location': { ...usual, retryLimit: 2, retryDelaySeconds: 10, concurrency: 4, waitsOnce: true },
  'run-automation': { ...usual, retryLimit: 10, concurrency: 4 },
  'resume-automations': { ...single, retryDelaySeconds: 60, expireInSeconds: 60 },
  'learn-contacts': { ...usual, retryLimit: 4, retryDelaySeconds: 30, expireInSeconds: 600, waitsOnce: true },
  'sync-run': { ...usual, retryLimit: 12, expireInSeconds: 300, waitsOnce: true },
  'sync-contact': { ...usual, waitsOnce: true },
  'sync-note': { ...single, retryLimit: 8, retryDelaySeconds: 10 },
  'sync-polls': { ...single, expireInSeconds: 60 },
  'sync-poll': { ...usual, retryLimit: 2, retryDelaySeconds: 20, waitsOnce: true },
  'sync-daily': { ...single, retryLimit: 4, retryDelaySeconds: 60, expireInSeconds: 300 },
  'carrier-events': { ...usual, retryLimit: 12, retryDelaySeconds: 2 },
  'send-provider-message': {
    ...usual,
    retryLimit: 4,
    expireInSeconds: 60,
    concurrency: 6,
    concurrencyPerOwner: 2,
  },
  'tell-provider-status': { ...usual, expireInSeconds: 60, concurrency: 6, concurrencyPerOwner: 2 },
  // One at a time of an owner: two texts of one stranger make one contact.
  'deliver-inbound': { ...usual, expireInSeconds: 60, concurrency: 4 },
  'poll-provider-reports': { ...usual, retryLimit: 0, retryDelaySeconds: 20, waitsOnce: true },
  'follow-contact-dnd': { ...usual, expireInSeconds: 60 },
  'read-opt-outs': { ...single, retryLimit: 4, retryDelaySeconds: 60, expireInSeconds: 1_800 },
  'read-all-opt-outs': { ...single, retryDelaySeconds: 60, expireInSeconds: 60 },
  'read-replies': { ...usual, retryLimit: 0, retryDelaySeconds: 60, expireInSeconds: 300, waitsOnce: true },
  'read-all-replies': { ...single, retryLimit: 0, retryDelaySeconds: 60, expireInSeconds: 60 },
  'follow-provider-messages': { ...single, expireInSeconds: 60 },
  'check-providers': { ...single, retryLimit: 0, retryDelaySeconds: 60, expireInSeconds: 600 },
  'prune-ledgers': { ...single, retryLimit: 4, retryDelaySeconds: 60, expireInSeconds: 600 },
}
