/** Runs what is done under one key one after the other, however that before it ended. */
export function createTurns() {
  const latest = new Map<string, Promise<unknown>>()

  async function afterPrevious<Result>(previous: unknown, action: () => Promise<Result>): Promise<Result> {
    await Promise.resolve(previous).catch(() => undefined)
    return action()
  }

  return <Result>(key: string, action: () => Promise<Result>): Promise<Result> => {
    const turn = afterPrevious(latest.get(key), action)
    latest.set(key, turn)
    return turn
  }
}
