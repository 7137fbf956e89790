import { sql } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'

/** Where all processes on the database hear what they should forget: `user:<id>` or `location:<id>`. */
export const hintChannel = 'wrapup_hints'

export type Hint = { kind: 'user' | 'location'; id: string }

export function createHintRepository({ db }: { db: Db }) {
  return {
    async send({ kind, id }: Hint): Promise<void> {
      await db.execute(sql`select pg_notify(${hintChannel}, ${`${kind}:${id}`})`)
    },
  }
}

export function readHint(payload: string): Hint | undefined {
  const [, kind, id] = /^(user|location):(.+)$/.exec(payload) ?? []
  return id !== undefined && (kind === 'user' || kind === 'location') ? { kind, id } : undefined
}
