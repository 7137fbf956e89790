import type { RequestHandler, Response } from 'express'
import type { Session } from './session.ts'
import { bearerToken, type SessionService } from './session-service.ts'
import { unauthenticated } from './session-token.ts'

/** Lets a request pass that has a session; the session is read with `sessionOf`. */
export function createAuthenticate({ service }: { service: Pick<SessionService, 'resume'> }): RequestHandler {
  return async (request, response, next) => {
    response.locals['session'] = await service.resume(bearerToken(request.get('authorization')))
    next()
  }
}

/** @throws {AppError} `unauthenticated` where no session was established */
export function sessionOf(response: Response): Session {
  const session: Session | undefined = response.locals['session']
  if (!session) throw unauthenticated()
  return session
}
