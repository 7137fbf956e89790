import { circuitBreaker, CircuitState, handleWhenResult, type IBreaker } from 'cockatiel'
import type { AttemptOutcome } from './retry-policy.ts'

/** While it is open, one call goes through that often, to see whether the platform is back. */
const probeEveryMs = 2_000
/**
 * What counts as an outage: that many calls failed in a row over that time. Quick failures (no connection) come in
 * numbers; slow ones (timeouts) are few, and each has cost its caller seconds.
 */
const outages = [
  { failures: 15, lastingMs: 3_000 },
  { failures: 6, lastingMs: 15_000 },
]
/** Failures so far apart are no outage, but some bad moments. */
const forgetAfterMs = 60_000
/** A failure of one owner's calls is no outage while another's succeed. */
const othersFineMs = 5_000

export type CircuitBreaker = ReturnType<typeof createCircuitBreaker>

/** Refuses calls at once while the platform as a whole is out of reach, and finds out by itself when it is back. */
export function createCircuitBreaker({ now }: { /** A steady clock in ms. */ now: () => number }) {
  const policy = circuitBreaker(
    handleWhenResult((made) => isMade(made) && made.isOutage),
    // The library goes by the wall clock, which may be set: it never refuses, `refusedForMs` alone does.
    { halfOpenAfter: -Infinity, breaker: createOutageCount(now) },
  )
  const fine = createFineOwners(now)
  let openedAt = 0
  policy.onBreak(() => (openedAt = now()))

  /** How long nothing may be sent; undefined: it may. */
  function refusedForMs(): number | undefined {
    const leftMs = openedAt + probeEveryMs - now()
    if (policy.state === CircuitState.HalfOpen) return probeEveryMs
    return policy.state === CircuitState.Open && leftMs > 0 ? leftMs : undefined
  }

  /**
   * Tells the breaker what became of a call. Only to be called where `refusedForMs` refuses nothing.
   * @param owner whose call it is; undefined: nobody's
   */
  async function run<T extends { outcome: AttemptOutcome }>(
    owner: string | undefined,
    call: () => Promise<T>,
  ): Promise<T> {
    const { made } = await policy.execute(async () => {
      const made = await call()
      if (!isDown(made.outcome)) fine.note(owner)
      return { made, isOutage: isDown(made.outcome) && !fine.isAnyBut(owner, made.outcome) }
    })
    return made
  }

  return { refusedForMs, run }
}

function isMade(made: unknown): made is { isOutage: boolean } {
  return typeof made === 'object' && made !== null && 'isOutage' in made
}

/** No answer, or that of a gateway which found nobody behind it. Any other answer shows that the platform lives. */
function isDown(outcome: AttemptOutcome): boolean {
  if (outcome.kind !== 'answered') return true
  return [502, 503, 504].includes(outcome.status) || (outcome.status >= 520 && outcome.status <= 530)
}

/** Counts what failed since the last success. */
function createOutageCount(now: () => number): IBreaker {
  const none = { count: 0, firstAt: 0, lastAt: -Infinity }
  let failed = none
  return {
    state: undefined,
    success() {
      failed = none
    },
    failure(state) {
      const time = now()
      const isNew = failed.count === 0 || failed.lastAt + forgetAfterMs < time
      failed = { count: isNew ? 1 : failed.count + 1, firstAt: isNew ? time : failed.firstAt, lastAt: time }
      if (state !== CircuitState.Closed) return true
      const lastedMs = time - failed.firstAt
      return outages.some(({ failures, lastingMs }) => failed.count >= failures && lastedMs >= lastingMs)
    },
  }
}

/** Whose calls succeeded last: the latest two owners are enough to know of one that is not a given one. */
function createFineOwners(now: () => number) {
  let latest: { owner: string | undefined; at: number } | undefined
  let before: typeof latest
  return {
    note(owner: string | undefined): void {
      if (latest?.owner !== owner) before = latest
      latest = { owner, at: now() }
    },
    isAnyBut(owner: string | undefined, outcome: AttemptOutcome): boolean {
      if (outcome.kind === 'not_sent') return false
      const other = latest?.owner === owner ? before : latest
      return other !== undefined && other.at > now() - othersFineMs
    },
  }
}
