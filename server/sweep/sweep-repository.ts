import { and, eq, gt, lt, or, sql } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { locationSweeps } from '../storage/schema.ts'

const minuteMs = 60_000
/**
 * How often a location is compared with the platform while somebody watches it, and for a day after or while its texts
 * go through another system.
 */
const everyMs = { watched: 3 * minuteMs, quiet: 30 * minuteMs }
const watchedForMs = 2 * minuteMs
const keptMs = 24 * 60 * minuteMs

/** Until when a location was compared with the platform. */
export type Compared = { messages: Date; tasks: Date }
export type SweepRepository = ReturnType<typeof createSweepRepository>

/** Which locations somebody watches, and until when each was compared with the platform. */
export function createSweepRepository({ db, now }: { db: Db; now: () => number }) {
  const { sweptAt, tasksSweptAt, triedAt, watchedAt } = locationSweeps
  const ago = (ms: number) => new Date(now() - ms)
  /** Neither compared nor tried for so long. */
  const waitsFor = (ms: number) => and(lt(sweptAt, ago(ms)), lt(triedAt, ago(ms)))

  return {
    /** @returns those that were not compared for longer than they should be while they are watched */
    async watched(locationIds: string[]): Promise<string[]> {
      if (locationIds.length === 0) return []
      const at = new Date(now())
      const rows = await db
        .insert(locationSweeps)
        .values(
          [...new Set(locationIds)]
            .sort()
            .map((locationId) => ({ locationId, watchedAt: at, sweptAt: at, tasksSweptAt: at, triedAt: at })),
        )
        .onConflictDoUpdate({
          target: locationSweeps.locationId,
          set: { watchedAt: sql`excluded.watched_at` },
        })
        .returning()
      const since = ago(everyMs.watched)
      return rows.flatMap((row) => (row.sweptAt < since && row.triedAt < since ? row.locationId : []))
    },

    /** To be compared as one that nobody looks at right now. */
    async keep(locationIds: readonly string[]): Promise<void> {
      if (locationIds.length === 0) return
      const at = new Date(now())
      const unwatched = ago(watchedForMs)
      await db
        .insert(locationSweeps)
        .values(
          [...new Set(locationIds)].sort().map((locationId) => ({
            locationId,
            watchedAt: unwatched,
            sweptAt: at,
            tasksSweptAt: at,
            triedAt: at,
          })),
        )
        .onConflictDoUpdate({
          target: locationSweeps.locationId,
          set: { watchedAt: sql`greatest(${watchedAt}, excluded.watched_at)` },
        })
    },

    async due(): Promise<string[]> {
      const rows = await db
        .select({ locationId: locationSweeps.locationId })
        .from(locationSweeps)
        .where(
          and(
            gt(watchedAt, ago(keptMs)),
            or(waitsFor(everyMs.quiet), and(gt(watchedAt, ago(watchedForMs)), waitsFor(everyMs.watched))),
          ),
        )
      return rows.map(({ locationId }) => locationId)
    },

    /** A comparison begins. Undefined where nobody has watched of late: then there is nobody to compare it for. */
    async begin(locationId: string): Promise<Compared | undefined> {
      const [row] = await db
        .update(locationSweeps)
        .set({ triedAt: new Date(now()) })
        .where(and(eq(locationSweeps.locationId, locationId), gt(watchedAt, ago(keptMs))))
        .returning({ messages: sweptAt, tasks: tasksSweptAt })
      return row
    },

    async swept(locationId: string, what: keyof Compared, at: Date): Promise<void> {
      const column = what === 'messages' ? sweptAt : tasksSweptAt
      await db
        .update(locationSweeps)
        .set(what === 'messages' ? { sweptAt: at } : { tasksSweptAt: at })
        .where(and(eq(locationSweeps.locationId, locationId), lt(column, at)))
    },
  }
}
