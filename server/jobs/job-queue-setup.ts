import type { PgBoss } from 'pg-boss'
import type { JobEnvelope } from './job-envelope.ts'
import type { JobName, ScheduledJobName } from './job-map.ts'
import { jobOptions } from './job-options.ts'
import { type Schedule, schedules } from './job-schedules.ts'

/** Where jobs end that failed at every try. */
export const failedQueue = 'failed-jobs'

const keepFailedSeconds = 30 * 24 * 3_600
const keepDoneSeconds = 3_600
const retryDelayMaxSeconds = 900
/** A worker that has not been heard of for this long is dead, and its jobs are another's: the least the queue can. */
const heartbeatSeconds = 10

export const jobNames = Object.keys(jobOptions) as JobName[]
export const scheduled = Object.entries(schedules) as [ScheduledJobName, Schedule][]

/** Makes every queue, or brings it to what the code says. */
export async function setUpQueues(boss: PgBoss): Promise<void> {
  // The others name it, so it has to be there first.
  await setUpFailedQueue(boss)
  for (const name of jobNames) await setUpQueue(boss, name)
}

async function setUpFailedQueue(boss: PgBoss): Promise<void> {
  const options = { retryLimit: 0, retentionSeconds: keepFailedSeconds }
  if (await boss.getQueue(failedQueue)) await boss.updateQueue(failedQueue, options)
  else await boss.createQueue(failedQueue, options)
}

async function setUpQueue(boss: PgBoss, name: JobName): Promise<void> {
  const { retryLimit, retryDelaySeconds, expireInSeconds, waitsOnce } = jobOptions[name]
  const options = {
    retryLimit,
    retryDelay: retryDelaySeconds,
    retryBackoff: true,
    retryDelayMax: retryDelayMaxSeconds,
    expireInSeconds,
    heartbeatSeconds,
    deleteAfterSeconds: keepDoneSeconds,
    deadLetter: failedQueue,
    notify: true,
  }
  if (await boss.getQueue(name)) await boss.updateQueue(name, options)
  else await boss.createQueue(name, { ...options, policy: waitsOnce ? 'short' : 'standard' })
}

/** Brings the stored schedules to what the code says. */
export async function setUpSchedules(boss: PgBoss): Promise<void> {
  const wanted = new Map<string, Schedule>(scheduled)
  for (const { name } of await boss.getSchedules()) {
    if (!wanted.get(name)?.cron) await boss.unschedule(name)
  }
  const envelope: JobEnvelope<ScheduledJobName> = { payload: {} }
  for (const [name, { cron }] of scheduled) {
    if (cron) await boss.schedule(name, cron, envelope, { missed: 'once' })
  }
}
