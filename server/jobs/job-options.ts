import type { JobName, ScheduledJobName } from './job-map.ts'

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
  'resume-automations': {
    retryLimit: 2,
    retryDelaySeconds: 60,
    expireInSeconds: 60,
    concurrency: 1,
    concurrencyPerOwner: 1,
    waitsOnce: true,
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
  'read-replies': {
    retryLimit: 0,
    retryDelaySeconds: 60,
    expireInSeconds: 300,
    concurrency: 2,
    concurrencyPerOwner: 1,
    waitsOnce: true,
  },
  'read-all-replies': {
    retryLimit: 0,
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
  'resume-automations': { cron: '37 * * * *' },
  'sync-polls': { cron: '*/2 * * * *' },
  'sync-daily': { cron: '11 2 * * *' },
  'follow-provider-messages': { cron: '* * * * *', atStart: true },
  'check-providers': { cron: '*/10 * * * *' },
  'read-all-opt-outs': { cron: '11 2 * * *' },
  'read-all-replies': { cron: '*/5 * * * *' },
  'prune-ledgers': { cron: '47 3 * * *' },
}
