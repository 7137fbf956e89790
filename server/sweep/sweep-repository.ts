import { and, eq, gt, lt, or, sql } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { locationSweeps } from '../storage/schema.ts'

const minuteMs = 60_000
/** How often a location is compared with the platform while somebody watches it, and for a day after. */
const everyMs = { watched: 3 * minuteMs, quiet: 30 * minuteMs }
const watchedForMs = 2 * minuteMs
const keptMs = 24 * 60 * minuteMs

export type SweepRepository = ReturnType<typeof createSweepRepository>

/** Which locations somebody watches, and until when each was compared with the platform. */
export function createSweepRepository({ db, now }: { db: Db; now: () => number }) {
  const ago = (ms: number) => new Date(now() - ms)

  return {
    /** @returns those that were not compared for longer than they should be while they are watched */
    async watched(locationIds: string[]): Promise<string[]> {
      if (locationIds.length === 0) return []
      const at = new Date(now())
      const rows = await db
        .insert(locationSweeps)
        .values(
          [...new Set(locationIds)].sort().map((locationId) => ({ locationId, watchedAt: at, sweptAt: at })),
        )
        .onConflictDoUpdate({
          target: locationSweeps.locationId,
          set: { watchedAt: sql`excluded.watched_at` },
        })
        .returning()
      return rows.filter(({ sweptAt }) => sweptAt < ago(everyMs.watched)).map(({ locationId }) => locationId)
    },

    async due(): Promise<string[]> {
      const rows = await db
        .select({ locationId: locationSweeps.locationId })
        .from(locationSweeps)
        .where(
          and(
            gt(locationSweeps.watchedAt, ago(keptMs)),
            or(
              lt(locationSweeps.sweptAt, ago(everyMs.quiet)),
              and(
                gt(locationSweeps.watchedAt, ago(watchedForMs)),
                lt(locationSweeps.sweptAt, ago(everyMs.watched)),
              ),
            ),
          ),
        )
      return rows.map(({ locationId }) => locationId)
    },

    /** Until when it was compared; undefined where nobody ever watched. */
    async sweptAt(locationId: string): Promise<Date | undefined> {
      const [row] = await db.select().from(locationSweeps).where(eq(locationSweeps.locationId, locationId))
      return row?.sweptAt
    },

    async swept(locationId: string, at: Date): Promise<void> {
      await db
        .update(locationSweeps)
        .set({ sweptAt: at })
        .where(and(eq(locationSweeps.locationId, locationId), lt(locationSweeps.sweptAt, at)))
    },
  }
}
