import { sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '../storage/database.ts'

export type QueueStatistics = z.infer<typeof statisticsSchema>

const statisticsSchema = z.object({
  queue: z.string(),
  /** Jobs that could be worked on now. */
  due: z.coerce.number(),
  /** Jobs whose time, or next try, is still to come. */
  deferred: z.coerce.number(),
  /** How long the job that is due longest has been so; 0 without one. */
  oldestDueSeconds: z.coerce.number(),
})

/** Reads what waits in each queue, by the queue's own index of waiting jobs and on its own clock: the database's. */
export function createJobStatistics({ db }: { db: Db }) {
  return async (): Promise<QueueStatistics[]> => {
    const { rows } = await db.execute(sql`
      select name as queue,
        count(*) filter (where start_after <= now()) as due,
        count(*) filter (where start_after > now()) as deferred,
        greatest(0, coalesce(extract(epoch from now() - min(start_after)), 0)) as "oldestDueSeconds"
      from pgboss.job
      where state < 'active' and not blocked
      group by name`)
    return z.array(statisticsSchema).parse(rows)
  }
}
