import { and, eq } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { syncNotes } from '../storage/sync-schema.ts'

export type SyncNoteRepository = ReturnType<typeof createSyncNoteRepository>

/** Which notes were carried over. */
export function createSyncNoteRepository({ db, now }: { db: Db; now: () => number }) {
  const of = (locationId: string, noteId: string) =>
    and(eq(syncNotes.locationId, locationId), eq(syncNotes.noteId, noteId))

  return {
    /** @returns false where it was begun before: it may be over there already */
    async begin(locationId: string, noteId: string): Promise<boolean> {
      const begun = await db
        .insert(syncNotes)
        .values({ locationId, noteId, startedAt: new Date(now()) })
        .onConflictDoNothing()
        .returning({ noteId: syncNotes.noteId })
      return begun.length > 0
    },

    async end(locationId: string, noteId: string): Promise<void> {
      await db
        .update(syncNotes)
        .set({ doneAt: new Date(now()) })
        .where(of(locationId, noteId))
    },

    /** It provably did not happen. */
    async forget(locationId: string, noteId: string): Promise<void> {
      await db.delete(syncNotes).where(of(locationId, noteId))
    },
  }
}
