import express, { Router, type Request, type Response } from 'express'
import { z } from 'zod'
import type { SandboxState, SandboxUser } from '../state.ts'
import { consentDocument, consentErrorDocument } from './consent-page.ts'
import type { SafeHtml } from './shell-html.ts'
import { shellCookie } from './shell-memory.ts'
import { isAgencyUser, locationsOf } from './shell-view.ts'

export type ConsentParts = {
  state: SandboxState
  /** `companyId` is given when somebody of the agency approves: the code then yields a Company token. */
  consent: (choice: {
    userId: string
    locationIds: string[]
    companyId?: string
    state?: string
    scope?: string
    redirectUri: string
  }) => { redirectUrl: string }
}

const requestSchema = z.object({
  response_type: z.literal('code', 'The response_type must be "code".'),
  client_id: z.string().min(1),
  redirect_uri: z.string().min(1),
  scope: z.string().optional(),
  version_id: z.string().optional(),
  state: z.string().optional(),
})

export type ConsentRequest = z.infer<typeof requestSchema>

const answerSchema = z.object({
  decision: z.enum(['install', 'cancel']),
  user_id: z.string(),
  location_id: z.union([z.string().transform((id) => [id]), z.array(z.string())]).default([]),
})

export const consentPath = '/v2/oauth/chooselocation'

/** The query of the authorize address, or the words of the page that refuses it. */
function readConsentRequest(state: SandboxState, query: unknown): ConsentRequest | string {
  const parsed = requestSchema.safeParse(query)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return issue?.path[0] === 'response_type' ? issue.message : `${String(issue?.path[0])} is required`
  }
  const { client_id: clientId, redirect_uri: redirectUri, scope, version_id: versionId } = parsed.data
  const { app } = state
  if (clientId !== app.clientId) return `No integration found with the ID ${clientId}`
  if (versionId === undefined) return 'error.noversionid'
  if (!app.redirectUris.includes(redirectUri)) return 'The redirect_uri is not registered for this app.'
  if (scope?.split(' ').some((name) => name !== '' && !app.scopes.includes(name))) {
    return 'This integration cannot be added, please contact the developer'
  }
  return parsed.data
}

/** Who may install at all: admins; first those of the sub-account that the shell last showed. */
function signedInUser(state: SandboxState, request: Request): SandboxUser | undefined {
  const wanted = request.query['user_id'] ?? shellCookie(request, 'user')
  const users = state.users.filter(({ deleted }) => !deleted)
  return users.find(({ id }) => id === wanted) ?? users.find(({ roles }) => roles.role === 'admin')
}

/**
 * The page on which an admin chooses where to install, and its answer.
 * @see https://marketplace.gohighlevel.com/docs/Authorization/OAuth2.0
 */
export function createConsentRoutes(
  parts: ConsentParts,
  sendPage: (response: Response, page: SafeHtml) => void,
): Router {
  const { state } = parts
  const routes = Router()

  const showConsent = (
    request: Request,
    response: Response,
    asked: ConsentRequest | string,
    problem?: string,
  ) => {
    const user = signedInUser(state, request)
    if (typeof asked === 'string' || !user) {
      const reason = typeof asked === 'string' ? asked : 'Nobody here may install apps.'
      sendPage(response.status(400), consentErrorDocument(reason))
      return
    }
    const locations = locationsOf(state, user)
    const shown = shellCookie(request, 'location')
    const scopes = asked.scope?.split(' ').filter(Boolean) ?? state.app.scopes
    const chosenLocationId = locations.find(({ id }) => id === shown)?.id ?? locations[0]?.id
    sendPage(
      response.status(problem ? 422 : 200),
      consentDocument({
        state,
        user,
        locations,
        chosenLocationId,
        scopes,
        guide: shellCookie(request, 'guide') === '1',
        ...(problem ? { problem } : {}),
      }),
    )
  }

  routes.get(consentPath, (request, response) => {
    showConsent(request, response, readConsentRequest(state, request.query))
  })

  routes.post(consentPath, express.urlencoded({ extended: false }), (request, response) => {
    const asked = readConsentRequest(state, request.query)
    const answer = answerSchema.safeParse(request.body)
    if (typeof asked === 'string' || !answer.success) {
      showConsent(request, response, typeof asked === 'string' ? asked : 'The form was sent incompletely.')
      return
    }
    const chosen = chosenBy(state, answer.data)
    if (answer.data.decision === 'install' && !chosen) {
      showConsent(request, response, asked, 'Choose a sub-account that you manage.')
      return
    }
    response.redirect(redirectUrl(parts, asked, chosen))
  })
  return routes
}

type Choice = { user: SandboxUser; locationIds: string[] }

/** Nothing when cancelled, or when the user may not install in what was chosen. */
function chosenBy(state: SandboxState, answer: z.infer<typeof answerSchema>): Choice | undefined {
  const user = state.users.find(({ id }) => id === answer.user_id)
  if (answer.decision === 'cancel' || user?.roles.role !== 'admin') return undefined
  const allowed = new Set(locationsOf(state, user).map(({ id }) => id))
  const locationIds = answer.location_id.filter((id) => allowed.has(id))
  return locationIds.length > 0 ? { user, locationIds } : undefined
}

function redirectUrl(parts: ConsentParts, asked: ConsentRequest, chosen: Choice | undefined): string {
  const echoed = asked.state === undefined ? {} : { state: asked.state }
  if (!chosen) {
    return `${asked.redirect_uri}?${new URLSearchParams({ error: 'access_denied', ...echoed })}`
  }
  const { user, locationIds } = chosen
  const { redirectUrl } = parts.consent({
    userId: user.id,
    locationIds,
    redirectUri: asked.redirect_uri,
    ...echoed,
    ...(asked.scope ? { scope: asked.scope } : {}),
    ...(isAgencyUser(user) ? { companyId: user.companyId } : {}),
  })
  return redirectUrl
}
