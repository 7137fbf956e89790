import { sql } from 'drizzle-orm'
import type { Database } from '../../server/storage/database.ts'

/** What waits is on its last try and due: retries take hours otherwise. */
export const hurryJobs = (database: Database) =>
  database.db.execute(
    sql`update pgboss.job set retry_count = retry_limit, start_after = now() where state in ('created', 'retry') and name <> 'failed-jobs'`,
  )
