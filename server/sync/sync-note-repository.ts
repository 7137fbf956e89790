import { and, eq } from 'drizzle-orm'
import type { Db } from '../storage/database.ts'
import { syncNotes } from '../storage/sync-schema.ts'

/** `new`: begun by this call; `begunAt`: by an earlier one that has not ended, or never will. */
export type NoteStart = 'new' | 'done' | { begunAt: Date }

export type SyncNoteRepository = ReturnType<typeof createSyncNoteRepository>

/** Which notes were carried over. */
export function createSyncNoteRepository({ db, now }: { db: Db; now: () => number }) {
  const of = (locationId: string, noteId: string) =>
    and(eq(syncNotes.locationId, locationId), eq(syncNotes.noteId, noteId))

  return {
    async begin(locationId: string, noteId: string): Promise<NoteStart> {
      const begun = await db
        .insert(syncNotes)
        .values({ locationId, noteId, startedAt: new Date(now()) })
        .onConflictDoNothing()
        .returning({ noteId: syncNotes.noteId })
      if (begun.length > 0) return 'new'
      const [row] = await db.select().from(syncNotes).where(of(locationId, noteId))
      return !row || row.doneAt ? 'done' : { begunAt: row.startedAt }
    },

    /** It is over, also where nobody knows how. */
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
