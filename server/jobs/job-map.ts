/** Every job by name, and what it carries: ids and times only, never tokens or texts. */
export type JobMap = {
  /** Works on a stored webhook event. */
  'process-webhook': { eventId: number }
  /** Makes a location's token out of its company's; `requestedAt` is epoch ms. */
  'mint-location': { companyId: string; locationId: string; requestedAt: number }
  /** Brings in all locations of a company. */
  'install-locations': { companyId: string }
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
}

export const jobOptions: Record<JobName, JobOptions> = {
  'process-webhook': { retryLimit: 12, retryDelaySeconds: 2, expireInSeconds: 120, concurrency: 4 },
  'mint-location': { retryLimit: 12, retryDelaySeconds: 5, expireInSeconds: 120, concurrency: 2 },
  'install-locations': { retryLimit: 12, retryDelaySeconds: 5, expireInSeconds: 600, concurrency: 1 },
}
