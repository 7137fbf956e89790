import { type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import { AppError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { InstallationService, InstallResult } from './installation-service.ts'
import { type OAuthPage, oauthPageStyle, renderOAuthPage } from './oauth-page.ts'
import type { OAuthState } from './oauth-state.ts'

const word = z.string().max(4000).optional()

/** `return`: where in the CRM the install was started from. */
const installSchema = z.object({ return: word.catch(undefined) })
/** Long enough to read that it worked. */
const returnAfterSeconds = 3

/** What the platform sends back to. An install from the marketplace's listing carries a code and no state. */
const callbackSchema = z.object({ code: word, state: word, error: word })

/** `/oauth`: the only pages that a person sees outside the CRM. */
export function createOAuthRoutes(parts: {
  state: OAuthState
  service: Pick<InstallationService, 'installFromCode'>
  /** The platform's choose-location page for a state. */
  authorizeLink: (state: string) => string
  /** Whether an address is one of the CRM's own: an install may lead back to no other. */
  isCrmAddress: (address: string) => boolean
  logger: Logger
}): Router {
  const { state, service, authorizeLink, isCrmAddress, logger } = parts
  const router = Router()

  router.get('/page.css', (_request, response) => {
    response.type('css').setHeader('Cache-Control', 'public, max-age=3600').send(oauthPageStyle)
  })

  router.use(withoutTrace)

  router.get('/install', async (request, response) => {
    const { return: asked } = installSchema.parse(request.query)
    const returnTo = asked !== undefined && isCrmAddress(asked) ? new URL(asked).href : undefined
    response.redirect(302, authorizeLink(await state.issue(returnTo)))
  })

  router.get('/callback', async (request, response) => {
    try {
      const query = callbackSchema.parse(request.query)
      const returnTo = query.state ? await returnAddressOf(query.state) : undefined
      if (query.error) throw consentFailed(query.error)
      if (!query.code) throw new InstallProblem(400, 'The CRM sent no authorization code.')
      const page = installedPage(await service.installFromCode(query.code), returnTo)
      if (returnTo !== undefined) response.setHeader('Refresh', `${returnAfterSeconds}; url=${returnTo}`)
      show(response, 200, page)
    } catch (error) {
      const problem = toProblem(error)
      logger[problem.status >= 500 ? 'error' : 'info'](
        { err: error, status: problem.status },
        'install failed',
      )
      show(response, problem.status, {
        title: 'Wrapup could not be installed',
        paragraphs: [problem.message, 'You can start the installation again.'],
        link: { href: '/oauth/install', label: 'Start again' },
      })
    }
  })

  async function returnAddressOf(given: string): Promise<string | undefined> {
    const check = await state.consume(given)
    if (check.result !== 'valid') throw new InstallProblem(400, stateProblems[check.result])
    return check.returnTo
  }

  return router
}

/** A reason that is shown on the page. */
class InstallProblem extends Error {
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'InstallProblem'
    this.status = status
  }
}

const stateProblems = {
  foreign: 'This link was not made by Wrapup, or it was changed on the way.',
  expired: 'This installation was started more than ten minutes ago, and its link has expired.',
  used: 'This link was already used. If Wrapup shows in your CRM, all is well.',
}

function consentFailed(error: string): InstallProblem {
  return error === 'access_denied'
    ? new InstallProblem(403, 'The access was denied: nobody gave Wrapup permission to connect to the CRM.')
    : new InstallProblem(400, 'The CRM ended the installation with an error.')
}

function toProblem(error: unknown): InstallProblem {
  if (error instanceof InstallProblem) return error
  if (error instanceof z.ZodError) return new InstallProblem(400, 'The address of this page is not complete.')
  if (!(error instanceof AppError)) return new InstallProblem(500, 'Something went wrong on our side.')
  if (error.code === 'rejected') {
    return new InstallProblem(
      400,
      'The authorization code is not valid: it was already used, it has expired, or it belongs to another app.',
    )
  }
  if (error.code === 'outcome_unknown') {
    return new InstallProblem(504, 'The CRM did not answer in time, so the installation may be incomplete.')
  }
  return new InstallProblem(error.status, error.message)
}

function installedPage({ installed, queuedCount }: InstallResult, returnTo: string | undefined): OAuthPage {
  const names = installed.flatMap(({ name }) => name ?? [])
  const paragraphs = [
    installed.length === 1
      ? 'Wrapup is connected to this sub-account:'
      : `Wrapup is connected to ${installed.length} sub-accounts:`,
    ...(queuedCount > 0 ? ['More sub-accounts are being added and will be ready in a few minutes.'] : []),
    'To open it, go to the sub-account in your CRM, reload the page and choose Wrapup in the menu on the left.',
  ]
  if (installed.length === 1 && names.length === 0) paragraphs[0] = 'Wrapup is connected to your sub-account.'
  return {
    title: 'Wrapup is installed',
    paragraphs,
    items: names,
    ...(returnTo === undefined ? {} : { link: { href: returnTo, label: 'Back to your CRM' } }),
  }
}

/** The address holds a code or a state: it is not kept, and not told to where the page leads. */
const withoutTrace: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('Referrer-Policy', 'no-referrer')
  next()
}

function show(response: Response, status: number, page: OAuthPage): void {
  response.status(status).type('html').send(renderOAuthPage(page))
}
