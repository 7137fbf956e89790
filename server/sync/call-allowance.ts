/** A bucket of calls that fills up again steadily: so many at once, then one each `perCallMs`. */
export type CallAllowance = { perCallMs: number; atOnce: number }

/** In no minute more than so many, however they come. */
export function allowanceOf(callsPerMinute: number): CallAllowance {
  const atOnce = Math.max(1, Math.floor(callsPerMinute / 7))
  return { perCallMs: 60_000 / (callsPerMinute - atOnce || 1), atOnce }
}

/**
 * Shared by all processes through the database.
 * @param parts.now real time, epoch ms, whatever clock the rest goes by: the other system counts by it
 */
export function createTurnTaker(parts: {
  connectionId: string
  speakFor: (connectionId: string, nowMs: number, perCallMs: number) => Promise<number>
  allowance: CallAllowance
  now: () => number
  pause: (ms: number) => Promise<void>
}) {
  const { connectionId, speakFor, allowance, now, pause } = parts
  const { perCallMs, atOnce } = allowance

  return async function takeTurn(): Promise<void> {
    const nowMs = now()
    const until = await speakFor(connectionId, nowMs, perCallMs)
    const waitMs = until - nowMs - atOnce * perCallMs
    if (waitMs > 0) await pause(waitMs)
  }
}
