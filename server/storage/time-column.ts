import { timestamp } from 'drizzle-orm/pg-core'

/** Times come from the application's clock, never from the database's: no column defaults to now(). */
export const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
