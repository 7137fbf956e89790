import { defineStore } from 'pinia'
import { computed, inject, type InjectionKey, ref, shallowRef } from 'vue'
import type { SessionAnswer } from '../../shared/session-contract.ts'
import { ApiError, installUrlOf, toApiError } from '../api/api-error.ts'
import type { SessionApi } from '../api/endpoints.ts'
import { type PlatformContext, PlatformSilent } from '../composables/usePlatformContext.ts'

export type Identity = Pick<SessionAnswer, 'user' | 'location'>

export type SessionState =
  | { status: 'connecting' }
  | { status: 'ready' }
  /** Opened outside the CRM. */
  | { status: 'standalone' }
  /** The CRM did not answer. */
  | { status: 'silent' }
  /** Not installed in this sub-account, or no longer connected. */
  | { status: 'reconnect'; installUrl: string | null; wasConnected: boolean }
  | { status: 'refused'; code: 'location_suspended' | 'location_required' | 'forbidden' }
  /** The CRM now speaks for another user or sub-account: nothing on screen may be used further. */
  | { status: 'switched' }
  | { status: 'failed'; error: ApiError }

export type SessionParts = { platform: PlatformContext; api: SessionApi; now: () => number }
export const sessionPartsKey: InjectionKey<SessionParts> = Symbol('session parts')

/** How long before its end a token is renewed, and is no longer used. */
const renewAheadMs = 60_000
const unusableMs = 5_000

function failedState(error: unknown, wasConnected: boolean): SessionState {
  if (error instanceof PlatformSilent) return { status: 'silent' }
  const failure = toApiError(error)
  switch (failure.code) {
    case 'reconnect_required':
      return { status: 'reconnect', installUrl: installUrlOf(failure), wasConnected }
    case 'location_suspended':
    case 'location_required':
    case 'forbidden':
      return { status: 'refused', code: failure.code }
    default:
      return { status: 'failed', error: failure }
  }
}

/** Who uses the page, and the token that proves it to our server. */
export const useSessionStore = defineStore('session', () => {
  const parts = inject(sessionPartsKey)
  if (!parts) throw new Error('The session store needs its parts')
  const { platform, api, now } = parts

  const state = shallowRef<SessionState>(
    platform.embedded ? { status: 'connecting' } : { status: 'standalone' },
  )
  const identity = shallowRef<Identity | null>(null)
  /** How often the session came back after a failure: what was asked for meanwhile has to be asked again. */
  const recoveries = ref(0)
  let isBroken = false
  let credential: { token: string; expiresAtMs: number } | null = null
  let flight: Promise<string> | null = null
  let renewal: ReturnType<typeof setTimeout> | undefined

  function accept(answer: SessionAnswer): string {
    const before = identity.value
    if (before && (before.user.id !== answer.user.id || before.location.id !== answer.location.id)) {
      state.value = { status: 'switched' }
      throw new ApiError({ code: 'session_expired' })
    }
    identity.value = { user: answer.user, location: answer.location }
    credential = { token: answer.token, expiresAtMs: Date.parse(answer.expiresAt) }
    state.value = { status: 'ready' }
    if (isBroken) recoveries.value += 1
    isBroken = false
    scheduleRenewal(credential.expiresAtMs)
    return answer.token
  }

  function fail(thrown: unknown, wasConnected: boolean): void {
    isBroken = true
    state.value = failedState(thrown, wasConnected)
  }

  async function exchange(): Promise<string> {
    try {
      return accept(await api.open(await platform.request()))
    } catch (thrown) {
      if (state.value.status !== 'switched' && !isBearable(thrown)) fail(thrown, identity.value !== null)
      throw toApiError(thrown)
    }
  }

  function handshake(): Promise<string> {
    return (flight ??= exchange().finally(() => {
      flight = null
    }))
  }

  /** What fails in passing is no reason to stop while the token still works. */
  function isBearable(thrown: unknown): boolean {
    return isUsable() && ['silent', 'failed'].includes(failedState(thrown, true).status)
  }

  function isUsable(): boolean {
    return credential !== null && now() < credential.expiresAtMs - unusableMs
  }

  /** Renews while the old token still works: a failure here only means that the next call tries again. */
  function scheduleRenewal(expiresAtMs: number): void {
    clearTimeout(renewal)
    renewal = setTimeout(renewEarly, Math.max(unusableMs, expiresAtMs - now() - renewAheadMs))
  }

  async function renewEarly(): Promise<void> {
    if (state.value.status !== 'ready' || flight) return
    await handshake().catch(() => undefined)
  }

  async function current(): Promise<string> {
    const { status } = state.value
    if (status !== 'connecting' && status !== 'ready') throw new ApiError({ code: 'unauthenticated' })
    return credential && isUsable() ? credential.token : handshake()
  }

  async function renew(rejectedToken: string): Promise<string> {
    if (credential?.token === rejectedToken) credential = null
    return current()
  }

  function lose(error: ApiError): void {
    credential = null
    fail(error, true)
  }

  /** Starts over after a failure; what comes of it shows in `state`. */
  async function retry(): Promise<void> {
    if (!platform.embedded || flight) return
    state.value = { status: 'connecting' }
    credential = null
    await handshake().catch(() => undefined)
  }

  return {
    state,
    recoveries,
    user: computed(() => identity.value?.user ?? null),
    location: computed(() => identity.value?.location ?? null),
    isAdmin: computed(() => identity.value?.user.role === 'admin'),
    /** IANA zone of the sub-account; the browser's own until it is known. */
    timezone: computed(
      () => identity.value?.location.timezone || Intl.DateTimeFormat().resolvedOptions().timeZone,
    ),
    current,
    renew,
    lose,
    retry,
    /** Asks anew who may do what here, without a pause for what is on screen; what comes of it shows in `state`. */
    verify: renewEarly,
  }
})
