import type { Clock } from '../../support/clock.ts'
import type { SandboxState, SandboxUser } from '../state.ts'
import type { EmitEvent } from '../webhooks/webhook-sender.ts'
import { installEvent, uninstallEvent } from '../webhooks/install-event-shapes.ts'
import type { Grant, TokenBook, TokenHolder } from './token-book.ts'
import type { TokenMint } from './token-mint.ts'

export type Approval = {
  userId: string
  /** Where to install: one for a sub-account admin, any number for somebody of the agency. */
  locationIds?: readonly string[] | undefined
  /** Given when the agency installs; must be the user's. */
  companyId?: string | undefined
  state?: string | undefined
  redirectUri?: string | undefined
  /** Space separated; default: all that the app registered. */
  scope?: string | undefined
  /** INSTALL comes before the code is exchanged, after it, or not at all. */
  installWebhook?: 'before' | 'after' | 'none' | undefined
}

export type IssuedCode = { code: string; redirectUrl: string }

type OpenCode = { grant: Grant; redirectUri: string; expiresAtMs: number; onExchange: () => void }

export type Marketplace = {
  /** What the button of the consent page does. */
  approve(approval: Approval): IssuedCode
  openCode(code: string): OpenCode | undefined
  spendCode(code: string): void
  /** A location that the agency's "install to future locations" adds: no redirect, only INSTALL. */
  installFutureLocation(locationId: string, options?: { withCompanyId?: boolean }): void
  uninstall(target: { locationId: string } | { companyId: string }): void
  codes(): string[]
}

const codeLifetimeMs = 10 * 60_000

function holderOf(user: SandboxUser, { companyId, locationIds = [] }: Approval): TokenHolder {
  if (user.deleted || user.roles.role !== 'admin') {
    throw new Error('You do not have access to this feature! Please contact the admin!')
  }
  if (companyId !== undefined && companyId !== user.companyId) throw new Error('Another company')
  if (user.roles.type === 'agency') return { kind: 'company', companyId: user.companyId }
  const [locationId] = locationIds
  if (!locationId || locationIds.length > 1 || !user.roles.locationIds.includes(locationId)) {
    throw new Error('A sub-account admin installs in one sub-account of theirs')
  }
  return { kind: 'location', locationId, companyId: user.companyId }
}

/** A location whose texts the app carried has its own numbers again. */
function releaseTexts({ app, locations, conversationProviders }: SandboxState, locationId: string): void {
  const location = locations.find(({ id }) => id === locationId)
  const provider = conversationProviders.find(({ id }) => id === location?.smsProviderId)
  if (location && provider?.appId === app.appId) location.smsProviderId = null
}

export function createMarketplace(parts: {
  state: SandboxState
  clock: Clock
  mint: TokenMint
  tokens: TokenBook
  emit: EmitEvent
}): Marketplace {
  const { state, clock, mint, tokens, emit } = parts
  const open = new Map<string, OpenCode>()
  const handedOut: string[] = []

  const addInstall = (locationId: string, companyId: string, viaCompany: boolean) => {
    const location = state.locations.find(({ id }) => id === locationId)
    if (location?.companyId !== companyId) throw new Error('The sub-account is not of that company')
    state.installs = state.installs.filter((install) => install.locationId !== locationId)
    state.installs.push({
      companyId,
      locationId,
      viaCompany,
      installedAt: new Date(clock.now()).toISOString(),
    })
  }

  return {
    approve(approval) {
      const user = state.users.find(({ id }) => id === approval.userId)
      if (!user) throw new Error('No such user')
      const holder = holderOf(user, approval)
      const locationIds = [...(approval.locationIds ?? [])]
      const viaCompany = holder.kind === 'company'
      for (const locationId of locationIds) addInstall(locationId, user.companyId, viaCompany)
      const tell = () => {
        if (viaCompany) emit(installEvent(state, { companyId: user.companyId, userId: user.id }))
        for (const locationId of locationIds) {
          emit(installEvent(state, { companyId: user.companyId, locationId, userId: user.id }))
        }
      }
      const installWebhook = approval.installWebhook ?? 'after'
      if (installWebhook === 'before') tell()

      const code = mint.opaque()
      handedOut.push(code)
      const redirectUri =
        approval.redirectUri ?? state.app.redirectUris[0] ?? 'http://127.0.0.1/oauth/callback'
      const scopes = approval.scope?.split(/\s+/).filter(Boolean) ?? [...state.app.scopes]
      open.set(code, {
        grant: { holder, userId: user.id, scopes, approvedLocations: viaCompany ? locationIds : [] },
        redirectUri,
        expiresAtMs: clock.now() + codeLifetimeMs,
        onExchange: () => installWebhook === 'after' && tell(),
      })
      const redirect = new URL(redirectUri)
      redirect.searchParams.set('code', code)
      if (approval.state !== undefined) redirect.searchParams.set('state', approval.state)
      return { code, redirectUrl: redirect.href }
    },
    openCode(code) {
      const entry = open.get(code)
      return entry && entry.expiresAtMs > clock.now() ? entry : undefined
    },
    spendCode(code) {
      const entry = open.get(code)
      open.delete(code)
      entry?.onExchange()
    },
    installFutureLocation(locationId, { withCompanyId = false } = {}) {
      const location = state.locations.find(({ id }) => id === locationId)
      if (!location) throw new Error('No such sub-account')
      addInstall(locationId, location.companyId, true)
      emit(installEvent(state, { locationId, ...(withCompanyId ? { companyId: location.companyId } : {}) }))
    },
    uninstall(target) {
      const gone = state.installs.filter((install) =>
        'locationId' in target
          ? install.locationId === target.locationId
          : install.companyId === target.companyId && install.viaCompany,
      )
      state.installs = state.installs.filter((install) => !gone.includes(install))
      for (const { locationId } of gone) {
        tokens.revoke(locationId)
        releaseTexts(state, locationId)
      }
      if ('companyId' in target) tokens.revoke(target.companyId)
      emit(uninstallEvent(target))
    },
    codes: () => [...handedOut],
  }
}
