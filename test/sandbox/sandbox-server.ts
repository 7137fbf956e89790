import express from 'express'
import { createApiRoutes } from './api-routes.ts'
import { createControlRoutes } from './control-routes.ts'
import type { Endpoint } from './endpoint.ts'
import { createContactEndpoints } from './endpoints/contact-endpoints.ts'
import { createContactSearch } from './endpoints/contact-search.ts'
import { createConversationEndpoints } from './endpoints/conversation-endpoints.ts'
import { createLocationEndpoints } from './endpoints/location-endpoints.ts'
import { createMessageEndpoints } from './endpoints/message-endpoints.ts'
import { createNoteEndpoints } from './endpoints/note-endpoints.ts'
import { createProviderEndpoints } from './endpoints/provider-endpoints.ts'
import { createTagEndpoints } from './endpoints/tag-endpoints.ts'
import { createTaskEndpoints } from './endpoints/task-endpoints.ts'
import { createTaskSearch } from './endpoints/task-search.ts'
import { createUserEndpoints } from './endpoints/user-endpoints.ts'
import { createInstallEndpoints } from './oauth/install-endpoints.ts'
import { createTokenEndpoint } from './oauth/token-endpoint.ts'
import { createRateLimiter } from './rate-limiter.ts'
import { createShellRoutes } from './shell/shell-routes.ts'
import type { SandboxParts } from './sandbox-parts.ts'
import { listenOnLoopback } from './stand-in-door.ts'

export function allEndpoints(parts: SandboxParts): Endpoint[] {
  return [
    ...createInstallEndpoints(parts),
    createContactSearch(parts),
    ...createContactEndpoints(parts),
    ...createTagEndpoints(parts),
    ...createTaskEndpoints(parts),
    createTaskSearch(parts),
    ...createNoteEndpoints(parts),
    ...createConversationEndpoints(parts),
    ...createMessageEndpoints(parts),
    ...createProviderEndpoints(parts),
    ...createLocationEndpoints(parts),
    ...createUserEndpoints(parts),
  ]
}

export async function listen(
  parts: SandboxParts,
  port: number,
): Promise<{ port: number; closeServer: () => void }> {
  const app = express()
  app.disable('x-powered-by')
  const { state, userContext, marketplace, sendFromCrm, providers, systems } = parts
  app.use(createControlRoutes(parts))
  app.use(
    createApiRoutes({
      ...parts,
      endpoints: allEndpoints(parts),
      exchange: createTokenEndpoint(parts),
      limiter: createRateLimiter(parts),
    }),
  )
  app.use(
    createShellRoutes({
      state,
      userContext,
      sendFromCrm,
      systems,
      consent: marketplace.approve,
      chooseSmsProvider: providers.choose,
    }),
  )
  return listenOnLoopback(app, port)
}
