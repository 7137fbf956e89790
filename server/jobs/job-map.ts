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
  'prune-ledgers': { cron: '47 3 * * *' },
}
