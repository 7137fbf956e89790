import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { type SyncSettings, syncSettingsSchema } from '../../shared/sync-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { syncSettings } from '../storage/sync-schema.ts'

export type StoredSyncSettings = {
  settings: SyncSettings
  firstRunAt: Date | null
  polledAt: Date | null
  polledUntil: Date | null
}

/** What a location begins with: nothing travels before somebody wants it to. */
const initialSettings: SyncSettings = {
  enabled: false,
  mappings: [
    {
      crmField: 'firstName',
      providerField: 'firstName',
      transforms: ['trim'],
      direction: 'both',
      rule: 'newest',
    },
    {
      crmField: 'lastName',
      providerField: 'lastName',
      transforms: ['trim'],
      direction: 'both',
      rule: 'newest',
    },
    { crmField: 'email', providerField: 'email', transforms: ['lower'], direction: 'both', rule: 'newest' },
  ],
  createInCrm: true,
  createInProvider: true,
  newContactTag: null,
  syncTags: false,
  tagOrder: [],
  syncNotes: false,
}

export type SyncSettingsRepository = ReturnType<typeof createSyncSettingsRepository>

export function createSyncSettingsRepository({ db, now }: { db: Db; now: () => number }) {
  const of = (locationId: string) => eq(syncSettings.locationId, locationId)

  return {
    async find(locationId: string): Promise<StoredSyncSettings> {
      const [row] = await db.select().from(syncSettings).where(of(locationId))
      if (!row) return { settings: initialSettings, firstRunAt: null, polledAt: null, polledUntil: null }
      const { firstRunAt, polledAt, polledUntil } = row
      return { settings: syncSettingsSchema.parse(row.settings), firstRunAt, polledAt, polledUntil }
    },

    async save(locationId: string, settings: SyncSettings): Promise<void> {
      const fields = { settings, isEnabled: settings.enabled, updatedAt: new Date(now()) }
      await db
        .insert(syncSettings)
        .values({ locationId, ...fields })
        .onConflictDoUpdate({ target: syncSettings.locationId, set: fields })
    },

    /** What a run goes by is kept, so that it is the same at each of its steps. */
    async keep(locationId: string): Promise<void> {
      const fields = { settings: initialSettings, isEnabled: false, updatedAt: new Date(now()) }
      await db
        .insert(syncSettings)
        .values({ locationId, ...fields })
        .onConflictDoNothing()
    },

    /** Locations whose changes travel by themselves. */
    async listTravelling(): Promise<string[]> {
      const rows = await db
        .select({ locationId: syncSettings.locationId })
        .from(syncSettings)
        .where(and(eq(syncSettings.isEnabled, true), isNotNull(syncSettings.firstRunAt)))
      return rows.map(({ locationId }) => locationId)
    },

    /** A whole run ended that began then: older changes are known to both sides. */
    async markRun(locationId: string, startedAt: Date, within: Db | Transaction = db): Promise<void> {
      await within
        .update(syncSettings)
        .set({
          firstRunAt: sql`coalesce(${syncSettings.firstRunAt}, ${new Date(now()).toISOString()})`,
          polledUntil: sql`greatest(${syncSettings.polledUntil}, ${startedAt.toISOString()})`,
        })
        .where(of(locationId))
    },

    async markPolled(locationId: string, until: Date): Promise<void> {
      await db
        .update(syncSettings)
        .set({
          polledAt: new Date(now()),
          polledUntil: sql`greatest(${syncSettings.polledUntil}, ${until.toISOString()})`,
        })
        .where(of(locationId))
    },
  }
}
