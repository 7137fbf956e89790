import { z } from 'zod'
import { filledText, parseStrictly, queryFlag, queryNumber } from '../body-rules.ts'
import { noAccess, param, requireLocation, type ApiCall, type Endpoint } from '../endpoint.ts'
import { refuse } from '../platform-error.ts'
import type { SandboxState } from '../state.ts'
import type { Marketplace } from './marketplace.ts'
import type { Grant, TokenBook } from './token-book.ts'
import { requireActive, tokenAnswer } from './token-endpoint.ts'

const locationTokenBody = z.strictObject({ companyId: filledText, locationId: filledText })

const installedQuery = z.strictObject({
  companyId: filledText,
  appId: filledText,
  skip: queryNumber(0, 1_000_000).default(0),
  limit: queryNumber(1, 500).default(20),
  query: z.string().optional(),
  isInstalled: queryFlag.optional(),
  versionId: z.string().optional(),
  onTrial: queryFlag.optional(),
  planId: z.string().optional(),
  locationId: z.string().optional(),
})

const uninstallBody = z.strictObject({
  companyId: z.string().optional(),
  locationId: z.string().optional(),
  reason: z.string().optional(),
})

const locationTokenLifetimeS = 86_400

export function createInstallEndpoints(parts: {
  state: SandboxState
  tokens: TokenBook
  marketplace: Marketplace
}): Endpoint[] {
  const { state, tokens, marketplace } = parts

  const requireCompany = ({ grant }: ApiCall, companyId: string) => {
    if (grant.holder.companyId !== companyId)
      throw refuse(403, 'The token does not have access to this company.')
  }

  return [
    {
      method: 'POST',
      path: '/oauth/locationToken',
      version: '2021-07-28',
      scope: 'oauth.write',
      holders: ['company'],
      body: 'form',
      handle(call) {
        const { companyId, locationId } = parseStrictly(locationTokenBody, call.body)
        requireCompany(call, companyId)
        requireLocation(parts, call, locationId)
        requireActive(state, locationId)
        if (!state.installs.some((install) => install.locationId === locationId)) {
          throw refuse(400, 'App is not installed on this location')
        }
        const grant = locationGrant(call.grant, locationId, companyId)
        return { status: 201, body: tokenAnswer(tokens.issue(grant, locationTokenLifetimeS), grant) }
      },
    },
    {
      method: 'GET',
      path: '/oauth/installedLocations',
      version: '2021-07-28',
      scope: 'oauth.readonly',
      holders: ['company'],
      body: 'none',
      handle(call) {
        const query = parseStrictly(installedQuery, call.query)
        requireCompany(call, query.companyId)
        if (query.appId !== state.app.appId) throw refuse(400, 'App not found')
        const found = installedLocations(state, query)
        const locations = found.slice(query.skip, query.skip + query.limit)
        return { status: 200, body: { locations, count: found.length, installToFutureLocations: false } }
      },
    },
    {
      method: 'DELETE',
      path: '/marketplace/app/:appId/installations',
      version: '2021-07-28',
      scope: 'oauth.write',
      holders: ['location', 'company'],
      body: 'json',
      handle(call) {
        const { companyId, locationId } = parseStrictly(uninstallBody, call.body)
        if (param(call, 'appId') !== state.app.appId) throw refuse(400, 'App not found')
        if ((companyId === undefined) === (locationId === undefined)) {
          throw refuse(422, ['either companyId or locationId should not be empty'])
        }
        if (locationId !== undefined) {
          requireLocation(parts, call, locationId)
          marketplace.uninstall({ locationId })
        } else if (companyId !== undefined) {
          if (call.grant.holder.kind !== 'company') throw refuse(403, noAccess)
          requireCompany(call, companyId)
          marketplace.uninstall({ companyId })
        }
        return { status: 200, body: { success: true } }
      },
    },
  ]
}

/** Carries the two oauth scopes unasked, as tokens minted from a company's do. */
function locationGrant(company: Grant, locationId: string, companyId: string): Grant {
  return {
    holder: { kind: 'location', locationId, companyId },
    userId: company.userId,
    scopes: [...new Set([...company.scopes, 'oauth.readonly', 'oauth.write'])],
    approvedLocations: [],
  }
}

function installedLocations(
  state: SandboxState,
  query: z.infer<typeof installedQuery>,
): Record<string, unknown>[] {
  return state.locations
    .filter(({ companyId, id }) => companyId === query.companyId && (query.locationId ?? id) === id)
    .filter(({ name }) => name.toLowerCase().includes(query.query?.toLowerCase() ?? ''))
    .map(({ id, name, address }) => {
      const install = state.installs.find(({ locationId }) => locationId === id)
      return {
        _id: id,
        name,
        address,
        isInstalled: install !== undefined,
        versionId: install && state.app.versionId,
        installedAt: install?.installedAt,
      }
    })
    .filter(({ isInstalled }) => (query.isInstalled ?? isInstalled) === isInstalled)
}
