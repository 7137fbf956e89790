import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Db } from '../storage/database.ts'
import { wrapUps } from '../storage/schema.ts'

/** As long as the texts'. */
const keptMs = 30 * 24 * 3_600_000

export type WrapUpKey = { locationId: string; idempotencyKey: string }

const partStateSchema = z.object({
  /** Hash of what was asked for: another text under the same key is another wrap-up. */
  hash: z.string(),
  /** `unknown` from before the try until its end is known. */
  state: z.enum(['done', 'failed', 'unknown']),
  /** Of the first try under this hash, epoch ms. */
  startedAt: z.number(),
  /** What a done part answered, without its texts. */
  result: z.unknown().optional(),
})
export type PartState = z.infer<typeof partStateSchema>

const partStatesSchema = z.object({
  tags: partStateSchema.optional(),
  task: partStateSchema.optional(),
  note: partStateSchema.optional(),
})
export type PartStates = z.infer<typeof partStatesSchema>

export type ClaimedWrapUp = { contactId: string; parts: PartStates }

export type WrapUpRepository = ReturnType<typeof createWrapUpRepository>

/** What became of each part under a key; one process at a time works on a key. */
export function createWrapUpRepository({ db, now }: { db: Db; now: () => number }) {
  const keyIs = (key: WrapUpKey) =>
    and(eq(wrapUps.locationId, key.locationId), eq(wrapUps.idempotencyKey, key.idempotencyKey))

  /**
   * Takes the key for `leaseMs`; undefined while another request works on it. A lease that its process did not give
   * back runs out.
   */
  async function claim(
    key: WrapUpKey,
    made: { contactId: string; userId: string },
    leaseMs: number,
  ): Promise<ClaimedWrapUp | undefined> {
    const at = new Date(now())
    const busyUntil = new Date(now() + leaseMs)
    const [row] = await db
      .insert(wrapUps)
      .values({ ...key, ...made, parts: {}, busyUntil, createdAt: at, updatedAt: at })
      .onConflictDoUpdate({
        target: [wrapUps.locationId, wrapUps.idempotencyKey],
        set: { busyUntil, updatedAt: at },
        setWhere: or(isNull(wrapUps.busyUntil), lt(wrapUps.busyUntil, at)) ?? sql`false`,
      })
      .returning({ contactId: wrapUps.contactId, parts: wrapUps.parts })
    return row && { contactId: row.contactId, parts: partStatesSchema.parse(row.parts) }
  }

  /** Written part by part, so that a crash loses at most the part that was under way. */
  async function recordPart(key: WrapUpKey, name: keyof PartStates, state: PartState): Promise<void> {
    await db
      .update(wrapUps)
      .set({
        parts: sql`jsonb_set(${wrapUps.parts}, array[${name}]::text[], ${JSON.stringify(state)}::jsonb)`,
        updatedAt: new Date(now()),
      })
      .where(keyIs(key))
  }

  async function release(key: WrapUpKey): Promise<void> {
    await db.update(wrapUps).set({ busyUntil: null }).where(keyIs(key))
  }

  async function prune(): Promise<void> {
    const isFree = or(isNull(wrapUps.busyUntil), lt(wrapUps.busyUntil, new Date(now())))
    await db.delete(wrapUps).where(and(lt(wrapUps.updatedAt, new Date(now() - keptMs)), isFree))
  }

  return { claim, recordPart, release, prune }
}
