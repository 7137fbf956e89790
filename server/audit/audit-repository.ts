import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { AuditOutcome } from '../../shared/audit-contract.ts'
import type { Db } from '../storage/database.ts'
import { auditEntries } from '../storage/schema.ts'

export type AuditRow = typeof auditEntries.$inferSelect
export type NewAuditRow = Omit<AuditRow, 'id'>
export type AuditEnd = { outcome: AuditOutcome; code: string | null; reference: string | null }

export type AuditRepository = ReturnType<typeof createAuditRepository>

const pruneAtOnce = 5_000

export function createAuditRepository({ db }: { db: Db }) {
  return {
    /** @returns the row's id, to end it by */
    async begin(row: NewAuditRow): Promise<number | undefined> {
      const [begun] = await db.insert(auditEntries).values(row).returning({ id: auditEntries.id })
      return begun?.id
    },

    async end(id: number, end: AuditEnd): Promise<void> {
      await db.update(auditEntries).set(end).where(eq(auditEntries.id, id))
    },

    /** One parameter for all rows: a query builder takes longer for its own part than the database for the rest. */
    async insertAll(rows: readonly NewAuditRow[]): Promise<void> {
      await db.execute(sql`
        insert into ${auditEntries}
          (location_id, user_id, contact_id, action, outcome, code, reference, request_id, at)
        select "locationId", "userId", "contactId", action, outcome, code, reference, "requestId", at
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as entry (
          "locationId" text, "userId" text, "contactId" text, action text, outcome text, code text,
          reference text, "requestId" text, at timestamptz)`)
    },

    /** Newest first. */
    list(of: {
      locationId: string
      contactId: string | undefined
      beforeId: number | undefined
      limit: number
    }): Promise<AuditRow[]> {
      const { locationId, contactId, beforeId, limit } = of
      return db
        .select()
        .from(auditEntries)
        .where(
          and(
            eq(auditEntries.locationId, locationId),
            contactId === undefined ? undefined : eq(auditEntries.contactId, contactId),
            beforeId === undefined ? undefined : lt(auditEntries.id, beforeId),
          ),
        )
        .orderBy(desc(auditEntries.id))
        .limit(limit)
    },

    /** Forgets what is older. */
    async prune(before: Date): Promise<void> {
      for (;;) {
        const old = db
          .select({ id: auditEntries.id })
          .from(auditEntries)
          .where(lt(auditEntries.at, before))
          .limit(pruneAtOnce)
        const { rowCount } = await db.delete(auditEntries).where(inArray(auditEntries.id, old))
        if ((rowCount ?? 0) < pruneAtOnce) return
      }
    },
  }
}
