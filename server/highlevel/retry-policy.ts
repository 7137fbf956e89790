/** What became of one attempt of a call. */
export type AttemptOutcome =
  /** It provably never reached the platform: no connection was made. */
  | { kind: 'not_sent' }
  /** It may have reached the platform, and no answer came back. */
  | { kind: 'lost' }
  | { kind: 'answered'; status: number }

export type RetryQuestion = {
  /** A read may be repeated at will, a write only when it provably did not happen. */
  effect: 'read' | 'write'
  outcome: AttemptOutcome
  /** Attempts made so far, 1 after the first. */
  attempts: number
  /** What is left of the caller's time. */
  remainingMs: number
  /** What the answer asks for, if anything. */
  retryAfterMs: number | undefined
  /** Whether the pacer holds the next attempt back after a refusal for pace. */
  isPaced: boolean
  /** From 0 to 1. */
  random: number
}

const maxAttempts = 3
const firstDelayMs = 200
/** Whoever is asked to wait longer comes back later, with a new call. */
const maxDelayMs = 30_000
/** Below this an attempt is not worth starting. */
export const minAttemptMs = 300

/** Not sent, or refused for pace. */
export function isProvablyUndone(outcome: AttemptOutcome): boolean {
  return outcome.kind === 'not_sent' || (outcome.kind === 'answered' && outcome.status === 429)
}

function mayRepeat(effect: RetryQuestion['effect'], outcome: AttemptOutcome): boolean {
  if (isProvablyUndone(outcome)) return true
  return effect === 'read' && (outcome.kind !== 'answered' || outcome.status >= 500)
}

/**
 * After which pause to try again; undefined: not at all. The pause grows with each attempt, is spread so that many
 * callers do not come back at once, and is never shorter than what the answer asks for. A refusal for pace (429) needs
 * none of its own where the pacer holds the next attempt back.
 */
export function retryDelayMs(question: RetryQuestion): number | undefined {
  const { effect, outcome, attempts, remainingMs, retryAfterMs = 0, isPaced, random } = question
  if (attempts >= maxAttempts || !mayRepeat(effect, outcome)) return undefined
  if (outcome.kind === 'answered' && outcome.status === 429 && isPaced) return 0
  const backoffMs = firstDelayMs * 2 ** (attempts - 1)
  const delayMs = Math.max(retryAfterMs, Math.round(backoffMs / 2 + backoffMs * random))
  return delayMs <= maxDelayMs && delayMs + minAttemptMs <= remainingMs ? delayMs : undefined
}
