import { type AugmentedRequest, ipKeyGenerator, rateLimit } from 'express-rate-limit'
import { AppError } from './errors.ts'
import type { Logger } from './logger.ts'
import { createRateLimitStore } from './rate-limit-store.ts'

/** Per client address and minute; an office full of people has one address. */
export const usualRateLimits = {
  /** `POST /api/session`. */
  session: 300,
  /** `/oauth/*`. */
  oauth: 120,
  /** Webhooks whose signature is missing or wrong; those of the CRM are never refused for their number. */
  badWebhooks: 300,
}

export type RateLimits = ReturnType<typeof createRateLimits>

const windowMs = 60_000
/** Each is some hundred bytes. */
const maxClients = 10_000

/**
 * Middleware that refuses with `rate_limited` what one address asks too often before anybody knows who it is. Counted
 * in each process for itself.
 * @param trustedProxies with 0, all who come through a proxy share its address
 */
export function createRateLimits(parts: { trustedProxies: number; logger: Logger; now?: () => number }) {
  const { trustedProxies, logger, now = () => performance.now() } = parts
  let warned = false

  function warnOfProxy(): void {
    if (warned) return
    warned = true
    logger.warn('requests come through a proxy, so all clients count as one: set TRUST_PROXY')
  }

  const limited = (limit: number) =>
    rateLimit({
      windowMs,
      limit,
      store: createRateLimitStore({ maxClients, now }),
      keyGenerator: ({ ip, headers }) => {
        if (trustedProxies === 0 && headers['x-forwarded-for'] !== undefined) warnOfProxy()
        return ip === undefined ? 'unknown' : ipKeyGenerator(ip)
      },
      standardHeaders: false,
      legacyHeaders: false,
      validate: false,
      handler: (request, _response, next) => {
        const { resetTime } = (request as AugmentedRequest)['rateLimit'] ?? {}
        const retryAfterMs =
          resetTime === undefined ? windowMs : Math.max(0, resetTime.getTime() - Date.now())
        const message = 'Too many requests from this address. Please wait a moment and try again.'
        next(new AppError('rate_limited', message, { retryAfterMs }))
      },
    })

  return {
    session: limited(usualRateLimits.session),
    oauth: limited(usualRateLimits.oauth),
    badWebhooks: limited(usualRateLimits.badWebhooks),
  }
}
