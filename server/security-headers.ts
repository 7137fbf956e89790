import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'
import { platformId } from '../shared/field-rules.ts'
import { crmOrigins } from './crm-origins.ts'

/** JSON and nothing else: no page, no script, nothing to frame. */
const dataPaths = /^\/(api|webhooks|healthz|readyz)(\/|$)/i
const oauthPaths = /^\/oauth(\/|$)/i

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
  const ancestors = ["'self'", ...crmOrigins, ...frameAncestors]
  const usual = usualHeaders(secure)
  const ofData = new Map([
    ...usual.filter(([name]) => dataHeaders.has(name)),
    ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ])
  const ofPages = new Map([
    ...usual,
    ['Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=()'],
    ['Content-Security-Policy', policy(ancestors)],
  ])

  /** The page shows without them rather than not at all, when they cannot be looked up. */
  async function additionalIn(locationId: string): Promise<string[]> {
    try {
      return await ancestorsOf(locationId)
    } catch {
      return []
    }
  }

  return async (request, response, next) => {
    if (dataPaths.test(request.path)) {
      response.setHeaders(ofData)
      return next()
    }
    response.setHeaders(ofPages)
    const locationId = embeddedIn(request)
    if (locationId !== undefined) {
      const additional = await additionalIn(locationId)
      response.setHeader('Content-Security-Policy', policy([...ancestors, ...additional]))
    }
    next()
  }
}

/** The location whose CRM shows the page; nothing but the page is embedded. */
function embeddedIn(request: Request): string | undefined {
  if (request.method !== 'GET' || oauthPaths.test(request.path)) return undefined
  return platformId.safeParse(request.query['location_id']).data
}

/** Of the usual headers those that mean something without a document. */
const dataHeaders = new Set([
  'cross-origin-resource-policy',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
])

/** They are the same for every answer, so helmet is asked once. */
function usualHeaders(secure: boolean): [name: string, value: string][] {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const setHeaders = helmet({
    contentSecurityPolicy: false,
    xFrameOptions: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: secure,
  })
  setHeaders(response.req, response, () => undefined)
  return Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)])
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
