import type { Clock } from '../support/clock.ts'
import type { SandboxBehaviour } from './sandbox-behaviour.ts'

export type RateVerdict = { allowed: boolean; headers: Record<string, string> }

/**
 * Burst and daily limit per holder of a token. The burst is counted over the last interval, not from a fixed
 * start: a client that keeps this keeps whatever window the platform counts.
 * @see https://marketplace.gohighlevel.com/docs/other/rate-limits
 */
export type RateLimiter = { count(holder: string): RateVerdict }

const dayMs = 24 * 3600 * 1000

export function createRateLimiter({
  clock,
  behaviour,
}: {
  clock: Clock
  behaviour: SandboxBehaviour
}): RateLimiter {
  const bursts = new Map<string, number[]>()
  const days = new Map<string, { day: number; used: number }>()

  return {
    count(holder) {
      const { max, intervalMs, perDay } = behaviour.rateLimit
      const now = clock.now()
      const burst = (bursts.get(holder) ?? []).filter((at) => at > now - intervalMs)
      const today = Math.floor(now / dayMs)
      const known = days.get(holder)
      const day = known?.day === today ? known : { day: today, used: 0 }
      const allowed = burst.length < max && day.used < perDay
      if (allowed) {
        burst.push(now)
        day.used += 1
      }
      bursts.set(holder, burst)
      days.set(holder, day)
      const waitMs = burst.length < max ? dayMs - (now % dayMs) : (burst[0] ?? now) + intervalMs - now
      return {
        allowed,
        headers: {
          'X-RateLimit-Limit-Daily': String(perDay),
          'X-RateLimit-Daily-Remaining': String(perDay - day.used),
          'X-RateLimit-Interval-Milliseconds': String(intervalMs),
          'X-RateLimit-Max': String(max),
          'X-RateLimit-Remaining': String(max - burst.length),
          ...(!allowed && behaviour.retryAfter ? { 'Retry-After': String(Math.ceil(waitMs / 1000)) } : {}),
        },
      }
    },
  }
}
