import { and, eq, sql } from 'drizzle-orm'
import type { ProviderName } from '../../shared/provider-contract.ts'
import { createBatcher } from '../batcher.ts'
import type { Db } from '../storage/database.ts'
import { optOuts } from '../storage/provider-schema.ts'

export type OptOut = typeof optOuts.$inferSelect

type Asked = Pick<OptOut, 'locationId' | 'phone'>

const nameOf = ({ locationId, phone }: Asked): string => `${locationId} ${phone}`

export type OptOutRepository = ReturnType<typeof createOptOutRepository>

/** The local list of who wants no texts. */
export function createOptOutRepository({ db }: { db: Db }) {
  const isOf = (locationId: string, phone: string) =>
    and(eq(optOuts.locationId, locationId), eq(optOuts.phone, phone))

  async function findAll(asked: readonly Asked[]): Promise<(OptOut | undefined)[]> {
    const rows = await db.select().from(optOuts).where(sql`
      (${optOuts.locationId}, ${optOuts.phone}) in (
        select "locationId", phone
        from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as asked ("locationId" text, phone text))`)
    const found = new Map(rows.map((row) => [nameOf(row), row]))
    return asked.map((one) => found.get(nameOf(one)))
  }

  async function whichHaveAny(locationIds: readonly string[]): Promise<boolean[]> {
    const { rows } = await db.execute(sql`
      select location from unnest(${sql.param(locationIds)}::text[]) as asked (location)
      where exists (
        select from ${optOuts} where ${optOuts.locationId} = location and ${optOuts.isOptedOut})`)
    const found = new Set(rows.map(({ location }) => location))
    return locationIds.map((locationId) => found.has(locationId))
  }

  // Each text asks.
  const hasAny = createBatcher<string, boolean>({ runAll: whichHaveAny })
  const findWithOthers = createBatcher<Asked, OptOut | undefined>({ runAll: findAll })

  return {
    /** Whether anybody there wants no texts. */
    hasAny,

    find: (locationId: string, phone: string): Promise<OptOut | undefined> =>
      findWithOthers({ locationId, phone }),

    /** What is older than what is known changes nothing. */
    async set(
      locationId: string,
      phone: string,
      { source, isOptedOut, at }: { source: ProviderName; isOptedOut: boolean; at: Date },
    ): Promise<void> {
      const fields = { source, isOptedOut, at, dndContactIds: [] }
      await db
        .insert(optOuts)
        .values({ locationId, phone, ...fields })
        .onConflictDoUpdate({
          target: [optOuts.locationId, optOuts.phone],
          set: fields,
          setWhere: sql`${optOuts.at} <= ${at.toISOString()}`,
        })
    },

    /** Do-not-disturb is about to be set on this contact because of what is on the list. */
    async noteDnd(locationId: string, phone: string, contactId: string): Promise<void> {
      const { dndContactIds } = optOuts
      await db
        .update(optOuts)
        .set({ dndContactIds: sql`array_append(array_remove(${dndContactIds}, ${contactId}), ${contactId})` })
        .where(isOf(locationId, phone))
    },
  }
}
