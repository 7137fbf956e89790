import { PgBoss, type SendOptions } from 'pg-boss'
import type { Logger } from '../logger.ts'
import type { Db, ConnectionOptions, Transaction } from '../storage/database.ts'
import { PreparingClient } from '../storage/preparing-client.ts'
import { type JobEnvelope, ownerOf, wrapPayload } from './job-envelope.ts'
import type { JobHandlers, JobMap, JobName, ScheduledJobName } from './job-map.ts'
import { jobOptions } from './job-options.ts'
import { failedQueue, jobNames, scheduled, setUpQueues, setUpSchedules } from './job-queue-setup.ts'
import { createJobRepository, jobDatabaseIn } from './job-repository.ts'
import { createJobRunner } from './job-runner.ts'

const poolSize = 6
/** Workers are woken by a notification; polling finds what is due later, and all where notifications are lost. */
const pollingIntervalSeconds = 2
/** What all workers have in common. */
const usual = {
  pollingIntervalSeconds,
  notifyPollingIntervalSeconds: pollingIntervalSeconds,
  perJobResults: true,
} as const
/** How often the queue looks for jobs of the dead. */
const monitorIntervalSeconds = 5
const cleanUpIntervalSeconds = 600
const failedListLimit = 100

/** Its pool takes it, though its types do not say so. */
const preparing = { Client: PreparingClient }

const nothing = {} as JobMap[ScheduledJobName]

export type JobSendOptions = {
  /** One of ours: the job then exists when, and only when, it commits. */
  transaction?: Transaction
  startAfterSeconds?: number
  /** For a job that `waitsOnce`: what it is about. Sent again while one about the same still waits, it is dropped. */
  singletonKey?: string
}

export type JobQueue = ReturnType<typeof createJobQueue>

/** Durable jobs on pg-boss. A job may run twice: handlers must not mind. */
export function createJobQueue(parts: {
  connectionOptions: ConnectionOptions
  db: Db
  logger: Logger
  /** Whether this process sends the jobs that come by the clock; each comes once, however many processes do. */
  runsSchedules: boolean
}) {
  const { connectionOptions, db, logger, runsSchedules } = parts
  const repository = createJobRepository({ db })
  const runAll = createJobRunner({ logger })
  const boss = new PgBoss({
    ...connectionOptions,
    ...preparing,
    application_name: 'wrapup-jobs',
    max: poolSize,
    useListenNotify: true,
    schedule: runsSchedules,
    superviseIntervalSeconds: monitorIntervalSeconds,
    monitorIntervalSeconds,
    maintenanceIntervalSeconds: cleanUpIntervalSeconds,
  })
  boss.on('error', (error) => logger.error({ err: error }, 'job queue failed'))
  boss.on('warning', ({ message }) => logger.warn({ reason: message }, 'job queue warns'))

  /** Takes jobs one by one: of several it would have to put those back whose owner has one running. */
  async function workAlone<Name extends JobName>(name: Name, handlers: JobHandlers): Promise<void> {
    const options = { ...usual, batchSize: 1, localConcurrency: 1, localGroupConcurrency: 1 } as const
    const worker = await boss.work<JobEnvelope<Name>>(name, options, async (jobs) => {
      const results = await runAll(name, jobs, handlers)
      // It looks for the next at once.
      boss.notifyWorker(worker)
      return results
    })
  }

  async function work<Name extends JobName>(name: Name, handlers: JobHandlers): Promise<void> {
    const { concurrency, concurrencyPerOwner } = jobOptions[name]
    if (concurrencyPerOwner === 1) {
      for (let place = 0; place < concurrency; place += 1) await workAlone(name, handlers)
      return
    }
    const options = {
      ...usual,
      batchSize: concurrencyPerOwner,
      burstWhenBatchFull: true,
      localConcurrency: concurrency,
      localGroupConcurrency: concurrencyPerOwner,
    } as const
    await boss.work<JobEnvelope<Name>>(name, options, (jobs) => runAll(name, jobs, handlers))
  }

  async function send<Name extends JobName>(
    name: Name,
    payload: JobMap[Name],
    { transaction, startAfterSeconds, singletonKey }: JobSendOptions = {},
  ): Promise<void> {
    const owner = ownerOf(payload)
    const options: SendOptions = {
      ...(transaction ? { db: jobDatabaseIn(transaction) } : {}),
      ...(startAfterSeconds === undefined ? {} : { startAfter: startAfterSeconds }),
      ...(singletonKey === undefined ? {} : { singletonKey }),
      ...(owner === undefined ? {} : { group: { id: owner } }),
    }
    await boss.send(name, wrapPayload(payload), options)
  }

  /**
   * Many at once, in a transaction of ours.
   * @param startAfterSeconds they run after that many seconds at the earliest
   */
  async function sendAll<Name extends JobName>(
    name: Name,
    payloads: readonly JobMap[Name][],
    transaction: Transaction,
    { startAfterSeconds }: Pick<JobSendOptions, 'startAfterSeconds'> = {},
  ): Promise<void> {
    const when = startAfterSeconds === undefined ? {} : { startAfter: startAfterSeconds }
    const jobs = payloads.map((payload) => {
      const owner = ownerOf(payload)
      return { data: wrapPayload(payload), ...when, ...(owner === undefined ? {} : { group: { id: owner } }) }
    })
    await boss.insert(name, jobs, { db: jobDatabaseIn(transaction) })
  }

  return {
    send,
    sendAll,

    /** Opens the queue: from now on jobs can be sent. */
    async open(): Promise<void> {
      await boss.start()
      await setUpQueues(boss)
    },

    /** Starts to work on jobs. */
    async work(handlers: JobHandlers): Promise<void> {
      for (const name of jobNames) await work(name, handlers)
      if (!runsSchedules) return
      await setUpSchedules(boss)
      for (const [name, { atStart }] of scheduled) if (atStart) await send(name, nothing)
    },

    /** Jobs that failed at every try; they wait here for 30 days. */
    failed: {
      list: (locationId: string) => repository.failedJobsOf(failedQueue, locationId, failedListLimit),
      /** @returns false where this location has no such failed job */
      async replay(locationId: string, id: string): Promise<boolean> {
        return (await boss.redrive(failedQueue, { ids: [id], data: { locationId } })) > 0
      },
    },

    /** Takes no more jobs and waits for those that run; what is not done by then goes back. Jobs can still be sent. */
    async drain(timeoutMs = 8_000): Promise<void> {
      await boss.stop({ graceful: true, timeout: timeoutMs, close: false })
    },

    async close(): Promise<void> {
      await boss.stop({ graceful: false, close: true })
    },
  }
}
