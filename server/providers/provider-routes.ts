import { Router, type Request } from 'express'
import {
  type CarrierName,
  carrierNames,
  checkProviderSchema,
  chooseProviderSchema,
  connectProviderSchema,
  type DisconnectAnswer,
  type ProviderAccountAnswer,
  type ProviderConnectionAnswer,
  type ProvidersAnswer,
  type TestMessageAnswer,
  testMessageSchema,
} from '../../shared/provider-contract.ts'
import type { AuditAction } from '../../shared/audit-contract.ts'
import type { Audited } from '../audit/audit-log.ts'
import { AppError } from '../errors.ts'
import { idempotencyKeyOf } from '../request-params.ts'
import { requireAdmin } from '../rights.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { Session } from '../session/session.ts'
import type { ProviderConnectionService } from './provider-connection-service.ts'
import type { TestMessages } from './test-message.ts'

const changeCarriers = 'see or change who carries texts'

/** `/api/providers`: who carries the texts, for everybody; how it is connected and changed, for admins. */
export function createProviderRoutes(parts: {
  service: ProviderConnectionService
  testMessages: TestMessages
  audited: Audited
}): Router {
  const { service, testMessages, audited } = parts
  const router = Router()

  const writtenDown = <T>(session: Session, action: AuditAction, of: string, run: () => Promise<T>) =>
    audited({ session, contactId: null, action, reference: of }, run)

  router.get('/', async (_request, response) => {
    response.json((await service.describe(sessionOf(response))) satisfies ProvidersAnswer)
  })

  router.post('/check', async (request, response) => {
    requireAdmin(sessionOf(response), changeCarriers)
    const account = await service.check(checkProviderSchema.parse(request.body))
    response.json({ account } satisfies ProviderAccountAnswer)
  })

  router.put('/chosen', async (request, response) => {
    const session = requireAdmin(sessionOf(response), changeCarriers)
    const { provider } = chooseProviderSchema.parse(request.body)
    await writtenDown(session, 'provider.choose', provider, () => service.choose(session, provider))
    response.json((await service.describe(session)) satisfies ProvidersAnswer)
  })

  router.get('/:carrier/account', async (request, response) => {
    const account = await service.account(
      requireAdmin(sessionOf(response), changeCarriers),
      carrierParam(request),
    )
    response.json({ account } satisfies ProviderAccountAnswer)
  })

  router.put('/:carrier', async (request, response) => {
    const session = requireAdmin(sessionOf(response), changeCarriers)
    const carrier = carrierParam(request)
    const input = connectProviderSchema.parse({ ...bodyOf(request), carrier })
    const connection = await writtenDown(session, 'provider.connect', carrier, () =>
      service.connect(session, input),
    )
    response.json({ connection } satisfies ProviderConnectionAnswer)
  })

  router.post('/:carrier/test-message', async (request, response) => {
    const session = requireAdmin(sessionOf(response), changeCarriers)
    const carrier = carrierParam(request)
    const key = idempotencyKeyOf(request)
    const { to } = testMessageSchema.parse(request.body)
    const answer = await writtenDown(session, 'provider.test', carrier, () =>
      testMessages.send(session, carrier, key, to),
    )
    response.json(answer satisfies TestMessageAnswer)
  })

  router.delete('/:carrier', async (request, response) => {
    const session = requireAdmin(sessionOf(response), changeCarriers)
    const carrier = carrierParam(request)
    const leftovers = await writtenDown(session, 'provider.disconnect', carrier, () =>
      service.disconnect(session, carrier),
    )
    response.json({ leftovers } satisfies DisconnectAnswer)
  })

  return router
}

function carrierParam(request: Request): CarrierName {
  const carrier = carrierNames.find((name) => name === request.params['carrier'])
  if (carrier === undefined) throw new AppError('not_found', 'There is no such system to connect.')
  return carrier
}

/** What is no object has none of the fields. */
function bodyOf(request: Request): object {
  const body: unknown = request.body
  return typeof body === 'object' && body !== null ? body : {}
}
