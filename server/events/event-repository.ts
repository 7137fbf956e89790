import { and, asc, eq, gt, lt, max, min, sql } from 'drizzle-orm'
import type { LocationEvent } from '../../shared/event-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { locationEvents } from '../storage/schema.ts'

/** Where all processes on the database hear that a location has news; the payload is the location's id. */
export const eventChannel = 'wrapup_events'

/** What is older than this goes, but never a location's newest. */
const keptMs = 7 * 24 * 3_600_000
const keptAtLeast = 2_000

export type StoredEvent = { id: number; event: LocationEvent }
export type NewEvent = { event: LocationEvent; key: string }
export type EventRepository = ReturnType<typeof createEventRepository>

/** What happened in each location, in order. */
export function createEventRepository({ db, now }: { db: Db; now: () => number }) {
  /**
   * Runs `work` while nobody else can append to this location, until its transaction ends. Thus ids become visible in
   * their order: whoever has read one never misses a lower one that was committed later.
   */
  function inOrder<T>(
    locationId: string,
    work: (transaction: Transaction) => Promise<T>,
    within?: Transaction,
  ): Promise<T> {
    const run = async (transaction: Transaction) => {
      await transaction.execute(
        sql`select pg_advisory_xact_lock(hashtextextended(${`${eventChannel}/${locationId}`}, 0))`,
      )
      return work(transaction)
    }
    return within ? run(within) : db.transaction(run)
  }

  /**
   * Stores each event once per key, and wakes whoever listens once it is committed; for whoever holds the order.
   * @returns the keys of those that were not told before
   */
  async function appendAll(
    locationId: string,
    events: readonly NewEvent[],
    transaction: Transaction,
  ): Promise<Set<string>> {
    if (events.length === 0) return new Set()
    const rows = events.map(({ key, event: { type, contactId, at, ...data } }) => ({
      type,
      contactId,
      at,
      data,
      key,
    }))
    const added = await transaction.execute<{ key: string }>(sql`
      insert into ${locationEvents} (location_id, type, contact_id, at, data, key, created_at)
      select ${locationId}, type, "contactId", at, data, key, ${new Date(now()).toISOString()}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as event (type text, "contactId" text, at timestamptz, data jsonb, key text)
      on conflict do nothing
      returning key, pg_notify(${eventChannel}, ${locationId})`)
    return new Set(added.rows.map(({ key }) => key))
  }

  /**
   * Stores one event in its order, as `appendAll` does.
   * @returns false where it was told before
   */
  function append(
    locationId: string,
    event: LocationEvent,
    key: string,
    within?: Transaction,
  ): Promise<boolean> {
    return inOrder(
      locationId,
      async (transaction) => (await appendAll(locationId, [{ event, key }], transaction)).has(key),
      within,
    )
  }

  /** In order, from the one after `afterId`. */
  async function since(locationId: string, afterId: number, limit: number): Promise<StoredEvent[]> {
    const rows = await db
      .select()
      .from(locationEvents)
      .where(and(eq(locationEvents.locationId, locationId), gt(locationEvents.id, afterId)))
      .orderBy(asc(locationEvents.id))
      .limit(limit)
    return rows.map(({ id, type, contactId, at, data }) => ({
      id,
      event: { ...data, type, contactId, at: at.toISOString() },
    }))
  }

  /** The ids of what is kept; zero where there is nothing. */
  async function bounds(locationId: string): Promise<{ oldest: number; newest: number }> {
    const [row] = await db
      .select({ oldest: min(locationEvents.id), newest: max(locationEvents.id) })
      .from(locationEvents)
      .where(eq(locationEvents.locationId, locationId))
    return { oldest: row?.oldest ?? 0, newest: row?.newest ?? 0 }
  }

  /** When the newest message of each of these contacts happened that was told; epoch ms. */
  async function newestMessages(locationId: string): Promise<Map<string, number>> {
    const dayAgo = new Date(now() - 24 * 3_600_000)
    const rows = await db
      .select({ contactId: locationEvents.contactId, at: max(locationEvents.at) })
      .from(locationEvents)
      .where(
        and(
          eq(locationEvents.locationId, locationId),
          eq(locationEvents.type, 'message'),
          gt(locationEvents.createdAt, dayAgo),
        ),
      )
      .groupBy(locationEvents.contactId)
    return new Map(rows.map(({ contactId, at }) => [contactId ?? '', at?.getTime() ?? 0]))
  }

  async function prune(): Promise<void> {
    const old = new Date(now() - keptMs)
    await db.execute(sql`
      delete from ${locationEvents} using (
        select id, row_number() over (partition by location_id order by id desc) as place from ${locationEvents}
      ) as ranked
      where ${locationEvents.id} = ranked.id and ranked.place > ${keptAtLeast} and ${lt(locationEvents.createdAt, old)}`)
  }

  return { inOrder, append, appendAll, since, bounds, newestMessages, prune }
}
