import { defineStore } from 'pinia'

/** Changes of one thing, sent one after the other, also where its contact was left and opened again in between. */
export const useTurnsStore = defineStore('turns', () => {
  const latest = new Map<string, Promise<unknown>>()

  async function afterPrevious<Result>(previous: unknown, action: () => Promise<Result>): Promise<Result> {
    await Promise.resolve(previous).catch(() => undefined)
    return action()
  }

  /** Runs the action once what came before it under the same key has ended, however it ended. */
  async function inTurn<Result>(key: string, action: () => Promise<Result>): Promise<Result> {
    const turn = afterPrevious(latest.get(key), action)
    latest.set(key, turn)
    try {
      return await turn
    } finally {
      if (latest.get(key) === turn) latest.delete(key)
    }
  }

  return { inTurn }
})
