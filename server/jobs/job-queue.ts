import { PgBoss } from 'pg-boss'
import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { ConnectionOptions, Transaction } from '../storage/database.ts'
import { type JobHandlers, type JobMap, type JobName, jobOptions } from './job-map.ts'
import { jobDatabaseIn } from './job-repository.ts'

const poolSize = 4
const retryDelayMaxSeconds = 900
/** Workers are woken by a notification; polling is what still works where those are lost. */
const pollingIntervalSeconds = 1
const jobNames = Object.keys(jobOptions) as JobName[]

export type JobQueue = ReturnType<typeof createJobQueue>

/** Durable jobs on pg-boss. A job may run twice: handlers must not mind. */
export function createJobQueue(parts: { connectionOptions: ConnectionOptions; logger: Logger }) {
  const { connectionOptions, logger } = parts
  const boss = new PgBoss({
    ...connectionOptions,
    application_name: 'wrapup-jobs',
    max: poolSize,
    useListenNotify: true,
    schedule: false,
  })
  boss.on('error', (error) => logger.error({ err: error }, 'job queue failed'))

  async function createQueue(name: JobName): Promise<void> {
    const { retryLimit, retryDelaySeconds, expireInSeconds } = jobOptions[name]
    const options = {
      retryLimit,
      retryDelay: retryDelaySeconds,
      retryBackoff: true,
      retryDelayMax: retryDelayMaxSeconds,
      expireInSeconds,
      notify: true,
    }
    if (await boss.getQueue(name)) await boss.updateQueue(name, options)
    else await boss.createQueue(name, options)
  }

  function work<Name extends JobName>(name: Name, handle: JobHandlers[Name]): Promise<string> {
    const polling = { pollingIntervalSeconds, notifyPollingIntervalSeconds: pollingIntervalSeconds }
    const options = { ...polling, localConcurrency: jobOptions[name].concurrency }
    return boss.work<JobMap[Name]>(name, options, async (jobs) => {
      for (const job of jobs) await run(name, job.data, handle)
    })
  }

  async function run<Name extends JobName>(
    name: Name,
    payload: JobMap[Name],
    handle: (payload: JobMap[Name]) => Promise<void>,
  ): Promise<void> {
    const failure = await failureOf(handle(payload))
    if (failure === undefined) return
    logger.warn({ err: failure, job: name }, 'job failed')
    // The queue stores what is thrown: only a code may leave here, since a cause can hold what must not be kept.
    throw new Error(failure instanceof AppError ? failure.code : 'internal')
  }

  return {
    /** Opens the queue: from now on jobs can be sent. */
    async open(): Promise<void> {
      await boss.start()
      for (const name of jobNames) await createQueue(name)
    },

    /** Starts to work on jobs. */
    async work(handlers: JobHandlers): Promise<void> {
      await work('process-webhook', handlers['process-webhook'])
      await work('mint-location', handlers['mint-location'])
      await work('install-locations', handlers['install-locations'])
    },

    /** @param transaction one of ours: the job then exists when, and only when, it commits */
    async send<Name extends JobName>(
      name: Name,
      payload: JobMap[Name],
      transaction?: Transaction,
    ): Promise<void> {
      await boss.send(name, payload, transaction ? { db: jobDatabaseIn(transaction) } : {})
    },

    /** Takes no more jobs, and waits for those that run. */
    async stop(timeoutMs = 8_000): Promise<void> {
      await boss.stop({ graceful: true, timeout: timeoutMs })
    },
  }
}

async function failureOf(work: Promise<void>): Promise<unknown> {
  try {
    await work
    return undefined
  } catch (error) {
    return error ?? new Error('thrown without a reason')
  }
}
