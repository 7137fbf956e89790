import { sql } from 'drizzle-orm'
import { type Db as JobDatabase, fromDrizzle } from 'pg-boss'
import { z } from 'zod'
import type { FailedJob } from '../../shared/failed-job-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'

export type JobRepository = ReturnType<typeof createJobRepository>

/** What a worker stored of the last try; where a worker could not, the queue stored words of its own. */
const codeSchema = z
  .object({ code: z.string() })
  .transform(({ code }) => code)
  .catch('interrupted')

const failedRowSchema = z.object({
  id: z.string(),
  name: z.string(),
  failed_at: z.coerce.date(),
  attempts: z.coerce.number(),
  output: codeSchema,
})

/** Lets the queue write through a transaction of ours: the job exists when, and only when, that commits. */
export function jobDatabaseIn(transaction: Transaction): JobDatabase {
  return fromDrizzle(transaction, sql)
}

/** Reads from the queue's own table what its interface cannot tell in a bounded way. */
export function createJobRepository({ db }: { db: Db }) {
  return {
    /** What waits in a dead-letter queue for a location, newest first. */
    async failedJobsOf(deadLetterQueue: string, locationId: string, limit: number): Promise<FailedJob[]> {
      const { rows } = await db.execute(sql`
        select id, source_name as name, created_on as failed_at, source_retry_count + 1 as attempts,
          source_output as output
        from pgboss.job
        where name = ${deadLetterQueue} and state = 'created' and data ->> 'locationId' = ${locationId}
        order by created_on desc, id
        limit ${limit}`)
      return z
        .array(failedRowSchema)
        .parse(rows)
        .map(({ id, name, attempts, failed_at, output }) => ({
          id,
          name,
          attempts,
          failedAt: failed_at.toISOString(),
          code: output,
        }))
    },
  }
}
