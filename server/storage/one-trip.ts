import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { Pool, QueryResult } from 'pg'

/** What is to be run, with its values. */
export type Statement = SQL

export type RunInOneTrip = (insertions: readonly Statement[]) => Promise<QueryResult[]>

const dialect = new PgDialect()
/** They are planned once per connection: how that is best done does not depend on how much the tables hold. */
const begin = 'begin; set local plan_cache_mode to auto'

/**
 * Runs insertions as one transaction that takes a single round trip: all are sent at once, so that none can depend on
 * what another answers. Their values are strings: one that could not be sent would not keep the others from it.
 * @param pool one whose connections are pipelined; on others each statement waits for the one before
 * @returns resolves with their answers once all is committed
 */
export function createOneTrip(pool: Pool): RunInOneTrip {
  return async (insertions) => {
    const queries = insertions.map((insertion) => dialect.sqlToQuery(insertion))
    const client = await pool.connect()
    try {
      const begun = client.query(begin)
      const inserted = queries.map(({ sql: text, params }) => client.query({ text, values: params }))
      const committed = client.query('commit')
      // After the first that fails the server refuses all others, and its answer to the commit is a rollback.
      await Promise.allSettled([begun, ...inserted, committed])
      await begun
      const answers = await Promise.all(inserted)
      await committed
      return answers
    } finally {
      client.release()
    }
  }
}
