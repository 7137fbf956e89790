import type { RequestHandler } from 'express'
import helmet from 'helmet'
import { crmOrigins } from './crm-origins.ts'

/**
 * The page lives in a frame of another site, so who may frame it is said by `frame-ancestors` alone:
 * `X-Frame-Options` knows no list and would blank it.
 * @param ancestorsOf additional origins for one request (a white-label domain)
 */
export function securityHeaders(parts: {
  secure: boolean
  frameAncestors: readonly string[]
  ancestorsOf: (locationId: string | undefined) => Promise<string[]>
}): RequestHandler {
  const { secure, frameAncestors, ancestorsOf } = parts
  const base = helmet({
    contentSecurityPolicy: false,
    xFrameOptions: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: secure,
  })
  return async (request, response, next) => {
    const locationId =
      typeof request.query['location_id'] === 'string' ? request.query['location_id'] : undefined
    const ancestors = ["'self'", ...crmOrigins, ...frameAncestors, ...(await ancestorsOf(locationId))]
    response.setHeader('Content-Security-Policy', policy(ancestors))
    response.setHeader('Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=()')
    base(request, response, next)
  }
}

function policy(ancestors: readonly string[]): string {
  return [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${ancestors.join(' ')}`,
  ].join('; ')
}
