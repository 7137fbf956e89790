import { fileURLToPath } from 'node:url'
import express, { Router, type Request, type Response } from 'express'
import type { SandboxState } from '../state.ts'
import { createConsentRoutes, type ConsentParts } from './consent-routes.ts'
import { createFormRoutes, type FormParts } from './shell-form-routes.ts'
import type { SafeHtml } from './shell-html.ts'
import { rememberView, shellCookie } from './shell-memory.ts'
import { installAddress, shellDocument } from './shell-page.ts'
import { shellPath, shellView, type ShellPage, type ShellView } from './shell-view.ts'

export type ShellParts = ConsentParts &
  FormParts & {
    state: SandboxState
    /** A fresh user context in the platform's encryption, base64. */
    userContext: (choice: { userId: string; locationId: string }) => string
  }

/** Only what the shell itself serves may run in it; the app is a frame of another origin. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  'frame-src http: https:',
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const pages = ['dashboard', 'conversations', 'contacts', 'wrapup', 'settings'] as const
/** With a contact in the address. */
const contactPages = ['contact', 'conversations'] as const

function sendPage(response: Response, page: SafeHtml): void {
  response
    .set({ 'Content-Security-Policy': contentSecurityPolicy, 'Cache-Control': 'no-store' })
    .type('html')
    .send(page.markup)
}

function queryText(request: Request, name: string): string | undefined {
  const value = request.query[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** As the browser sees it. */
const shellOrigin = (request: Request): string => `${request.protocol}://${request.get('host') ?? ''}`

function pathText(request: Request, name: string): string | undefined {
  const value = request.params[name]
  return typeof value === 'string' ? value : undefined
}

/** The stand-in CRM's own pages: the consent page, and the shell that embeds the app and answers for the user. */
export function createShellRoutes(parts: ShellParts): Router {
  const routes = Router()

  const viewOf = (request: Request, page: ShellPage, contactId?: string): ShellView =>
    shellView(parts.state, {
      page,
      locationId:
        pathText(request, 'locationId') ??
        queryText(request, 'location_id') ??
        shellCookie(request, 'location'),
      userId: queryText(request, 'user_id') ?? shellCookie(request, 'user'),
      contactId: contactId ?? queryText(request, 'contact_id'),
      guide: (queryText(request, 'guide') ?? shellCookie(request, 'guide')) === '1',
    })

  const showView = (response: Response, view: ShellView, request: Request) => {
    rememberView(response, view)
    sendPage(
      response,
      shellDocument(parts.state, view, { origin: shellOrigin(request), systems: parts.systems }),
    )
  }
  const show = (request: Request, response: Response, page: ShellPage, contactId?: string) =>
    showView(response, viewOf(request, page, contactId), request)

  routes.use(
    '/shell/assets',
    express.static(fileURLToPath(new URL('assets', import.meta.url)), { cacheControl: false }),
  )
  routes.get('/shell/assets/inter.woff2', (_request, response) => {
    response.sendFile(
      fileURLToPath(import.meta.resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2')),
    )
  })
  routes.use(createConsentRoutes(parts, sendPage))

  routes.get('/', (request, response) => {
    const view = viewOf(request, 'wrapup')
    const isFirstLook = queryText(request, 'guide') === '1' && parts.state.installs.length === 0
    const address = isFirstLook && installAddress(parts.state.app, view, shellOrigin(request))
    if (!address) return show(request, response, 'wrapup')
    // The guide's visitor is led through the install, and from there back to the shell.
    rememberView(response, view)
    response.redirect(address)
  })
  routes.get('/v2/location/:locationId', (request, response) => show(request, response, 'wrapup'))
  for (const page of contactPages) {
    routes.get(shellPath(page, ':contactId'), (request, response) =>
      show(request, response, page, pathText(request, 'contactId')),
    )
  }
  for (const page of pages) {
    routes.get(shellPath(page), (request, response) => show(request, response, page))
  }
  routes.use(createFormRoutes(parts, { viewOf, show: showView, send: sendPage }))

  routes.get('/shell/user-context', (request, response) => {
    const userId = queryText(request, 'user_id')
    const locationId = queryText(request, 'location_id')
    if (!userId || !locationId) {
      response.status(400).json({ message: 'user_id and location_id are required' })
      return
    }
    response.set('Cache-Control', 'no-store').json({ payload: parts.userContext({ userId, locationId }) })
  })
  routes.get('/shell/installed-locations', (_request, response) => {
    response
      .set('Cache-Control', 'no-store')
      .json({ locationIds: parts.state.installs.map(({ locationId }) => locationId) })
  })
  return routes
}
