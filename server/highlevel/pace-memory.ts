import { enterReport, type PaceBook } from './pace-book.ts'
import { documentedLimit } from './pace-lane.ts'
import type { PaceStore } from './pace-sync.ts'

/** The book of a process that shares its limits with no other. */
export function createPaceMemory({ now }: { now: () => number }): PaceStore {
  const books = new Map<string, PaceBook>()
  return {
    async settle(processId, reports, leaseMs) {
      return reports.map((report) => {
        const known = books.get(report.key) ?? { limit: documentedLimit, pausedUntil: 0, leases: {} }
        const { book, grant } = enterReport(known, processId, report, { now: now(), leaseMs })
        books.set(report.key, book)
        return { key: report.key, grant }
      })
    },
  }
}
