import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'
import { platformId } from '../shared/field-rules.ts'
import { crmOrigins } from './crm-origins.ts'

const notPages = /^\/(api|webhooks|oauth|healthz|readyz)(\/|$)/i

/**
 * The page lives in a frame of another site, so who may frame it is said by `frame-ancestors` alone:
 * `X-Frame-Options` knows no list and would blank it.
 * @param ancestorsOf additional origins for one request (a white-label domain)
 */
export function securityHeaders(parts: {
  secure: boolean
  frameAncestors: readonly string[]
  ancestorsOf: (locationId: string) => Promise<string[]>
}): RequestHandler {
  const { secure, frameAncestors, ancestorsOf } = parts
  const base = helmet({
    contentSecurityPolicy: false,
    xFrameOptions: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: secure,
  })

  /** Only the page is embedded. It shows without them rather than not at all, when they cannot be looked up. */
  async function additional(request: Request): Promise<string[]> {
    const locationId = platformId.safeParse(request.query['location_id'])
    if (request.method !== 'GET' || notPages.test(request.path) || !locationId.success) return []
    try {
      return await ancestorsOf(locationId.data)
    } catch {
      return []
    }
  }

  return async (request, response, next) => {
    const ancestors = ["'self'", ...crmOrigins, ...frameAncestors, ...(await additional(request))]
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
