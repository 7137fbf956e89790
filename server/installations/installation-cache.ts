import { BoundedMap } from '../bounded-map.ts'
import type { Installation } from './installation-repository.ts'

/** What bounds how long a change stays unseen whose notification was lost. */
const maxAgeMs = 5_000
const maxRows = 5_000

export type InstallationCache = ReturnType<typeof createInstallationCache>

/**
 * Active installations as last read, so that a request needs none from the database. Whoever changes one tells all
 * processes, which then forget it; only active ones are kept, so that a mended one works at once.
 */
export function createInstallationCache() {
  const kept = new BoundedMap<string, { row: Installation; until: number }>(maxRows)
  const loads = new Map<string, Promise<Installation | undefined>>()

  async function load(
    key: string,
    find: () => Promise<Installation | undefined>,
  ): Promise<Installation | undefined> {
    const until = performance.now() + maxAgeMs
    const loading = find()
    loads.set(key, loading)
    try {
      const row = await loading
      // A change during the read has taken the load out: it may have read what was before.
      if (row?.status === 'active' && loads.get(key) === loading) kept.set(key, { row, until })
      return row
    } finally {
      if (loads.get(key) === loading) loads.delete(key)
    }
  }

  return {
    /** @param find reads the owner's row */
    read(key: string, find: () => Promise<Installation | undefined>): Promise<Installation | undefined> {
      const known = kept.get(key)
      if (known && known.until > performance.now()) return Promise.resolve(known.row)
      return loads.get(key) ?? load(key, find)
    },

    forget(key: string): void {
      kept.delete(key)
      loads.delete(key)
    },

    forgetAll(): void {
      kept.clear()
      loads.clear()
    },
  }
}
