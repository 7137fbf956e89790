import { missingScopes } from './installations/scopes.ts'
import { createSessionService } from './session/session-service.ts'
import { createSessionTokens } from './session/session-token.ts'
import { createUserAccess } from './session/user-access.ts'
import type { Connection } from './connection-composition.ts'
import type { Surroundings } from './surroundings.ts'

/** Who asks, and what they may do. */
export function composeSession({ config, now, logger }: Surroundings, connection: Connection) {
  const { installUrl, repository, platform, profiles, installations } = connection
  const userAccess = createUserAccess({
    users: platform.users,
    hasCompanyToken: async (companyId) =>
      (await repository.find({ kind: 'company', companyId }))?.status === 'active',
    now,
  })
  const service = createSessionService({
    ssoKeys: config.ssoKeys,
    tokens: createSessionTokens({ secrets: config.sessionSecrets, issuer: config.publicUrl, now }),
    userAccess,
    requireActive: installations.requireActive,
    profileOf: profiles.of,
    missingScopes,
    installUrl,
    now,
    logger,
  })
  return { ...service, forgetUser: userAccess.forget }
}
