import type { Job, JobResult } from 'pg-boss'
import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { runWithContext } from '../request-context.ts'
import type { JobEnvelope } from './job-envelope.ts'
import type { JobHandlers, JobName } from './job-map.ts'
import { jobOptions } from './job-options.ts'

/** A job ends its calls this much before it is given to another worker. */
const deadlineMarginMs = 5_000

/** What is stored of a try: only a code, since an error can hold what must not be kept. */
type Output = { code: string }

/** Runs the jobs of a batch side by side, each in a context of its own, and tells what became of each. */
export function createJobRunner({ logger }: { logger: Logger }) {
  async function run<Name extends JobName>(
    name: Name,
    { id, data, retryCount }: Job<JobEnvelope<Name>>,
    handlers: JobHandlers,
  ): Promise<JobResult<Output>> {
    try {
      await handlers[name](data.payload)
      return { id, status: 'completed' }
    } catch (error) {
      const attempts = retryCount + 1
      if (retryCount < jobOptions[name].retryLimit) {
        logger.warn({ err: error, job: name, jobId: id, attempts }, 'job failed')
      } else {
        logger.error({ err: error, job: name, jobId: id, attempts }, 'job failed for good')
      }
      return { id, status: 'failed', output: { code: error instanceof AppError ? error.code : 'internal' } }
    }
  }

  return function runAll<Name extends JobName>(
    name: Name,
    jobs: readonly Job<JobEnvelope<Name>>[],
    handlers: JobHandlers,
  ): Promise<JobResult<Output>[]> {
    const deadlineAt = performance.now() + jobOptions[name].expireInSeconds * 1_000 - deadlineMarginMs
    return Promise.all(
      jobs.map((job) =>
        runWithContext({ requestId: job.data.requestId ?? job.id, deadlineAt, priority: 'background' }, () =>
          run(name, job, handlers),
        ),
      ),
    )
  }
}
