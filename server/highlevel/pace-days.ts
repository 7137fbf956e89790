import type { Priority } from './pace-lane.ts'

/** One owner's calls of the day, as the platform's answers tell; believed for a while only, since its day may end. */
type Day = { limit: number; remaining: number; believedUntil: number }

const believedMs = 900_000

export type PaceDays = ReturnType<typeof createPaceDays>

/** What is left of each location's (and company's) calls of the day; outlives the lane of those who rest. */
export function createPaceDays({ now }: { now: () => number }) {
  /** In the order in which they end. */
  const days = new Map<string, Day>()

  function dropEnded(): void {
    for (const [key, { believedUntil }] of days) {
      if (believedUntil > now()) return
      days.delete(key)
    }
  }

  return {
    learn(key: string, limit: number, remaining: number): void {
      dropEnded()
      days.delete(key)
      days.set(key, { limit, remaining, believedUntil: now() + believedMs })
    },

    /** How long nothing of this priority can start because the day's calls are used up; 0: they are not. */
    waitMs(key: string, priority: Priority): number {
      const day = days.get(key)
      if (!day || day.believedUntil <= now()) return 0
      const keptForPeople = Math.floor(day.limit / 20)
      const isUsedUp = priority === 'person' ? day.remaining <= 0 : day.remaining < keptForPeople
      return isUsedUp ? day.believedUntil - now() : 0
    },

    /** The least that one of them has left; undefined where none has told. */
    leastRemaining(): number | undefined {
      dropEnded()
      let least: number | undefined
      for (const { remaining } of days.values()) least = Math.min(least ?? Infinity, remaining)
      return least
    },
  }
}
