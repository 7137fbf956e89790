import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createTestClock } from '../support/clock.ts'
import { clientFields, createSandboxClient, installApp, type SandboxClient } from './sandbox-client.ts'

let sandbox: Sandbox
let call: SandboxClient

beforeEach(async () => {
  sandbox = await startSandbox({ clock: createTestClock(), seed: 'small' })
  call = createSandboxClient(sandbox)
})
afterEach(() => sandbox.close())

const { harbor } = seedIds.company
const { main, kolkata } = seedIds.location

const token = (fields: Record<string, string>) =>
  call('POST', '/oauth/token', { version: null, form: { ...clientFields(sandbox), ...fields } })
const refresh = (refreshToken: string, fields: Record<string, string> = {}) =>
  token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...fields })
const exchange = (code: string, fields: Record<string, string> = {}) =>
  token({ grant_type: 'authorization_code', code, ...fields })
const consent = () => sandbox.consent({ userId: seedIds.user.admin, locationIds: [main], state: 'abc' })

describe('authorization codes', () => {
  test('When a code is used twice, then the second time it is unknown', async () => {
    const { code, redirectUrl } = consent()
    expect(new URL(redirectUrl).searchParams.get('state')).toBe('abc')
    expect(await exchange(code)).toMatchObject({
      status: 200,
      body: { userType: 'Location', locationId: main },
    })
    const again = await exchange(code)
    expect(again.status).toBe(401)
    expect(again.body).toMatchObject({
      error: 'UnAuthorized!',
      error_description: 'Authorization code not found',
    })
  })

  test('When both code and secret are wrong, then the answer speaks of the code; a good code outlives a bad secret', async () => {
    const bad = { client_secret: 'wrong' }
    expect(await exchange('nothing', bad)).toMatchObject({
      body: { error_description: 'Authorization code not found' },
    })
    const { code } = consent()
    expect(await exchange(code, bad)).toMatchObject({ status: 401 })
    expect(await exchange(code)).toMatchObject({ status: 200 })
  })

  test('When the exchange is sent as JSON, then it works as well', async () => {
    const json = { ...clientFields(sandbox), grant_type: 'authorization_code', code: consent().code }
    expect(await call('POST', '/oauth/token', { version: null, json })).toMatchObject({ status: 200 })
  })

  test('When a field is unknown or the grant missing, then 422', async () => {
    expect(await exchange(consent().code, { locationId: main })).toMatchObject({ status: 422 })
    expect(await token({ code: 'x' })).toMatchObject({ status: 422 })
  })
})

describe('refresh', () => {
  test('When a token is refreshed, then both are new, and the old one gives the same for 30 s, then nothing', async () => {
    const old = await installApp(sandbox)
    const first = await refresh(old.refreshToken)
    expect(first.body['refresh_token']).not.toBe(old.refreshToken)
    sandbox.clock.advance(30_000)
    const second = await refresh(old.refreshToken)
    expect(second.body['refresh_token']).toBe(first.body['refresh_token'])
    sandbox.clock.advance(1)
    expect(await refresh(old.refreshToken)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await refresh(String(first.body['refresh_token']))).toMatchObject({ status: 200 })
  })

  test('When reuse is refused, then at once; when it counts as theft, then the whole family ends', async () => {
    const one = await installApp(sandbox)
    sandbox.behaviour.refreshReuse = 'refuse'
    const next = await refresh(one.refreshToken)
    expect(await refresh(one.refreshToken)).toMatchObject({ status: 400 })
    sandbox.behaviour.refreshReuse = 'revoke'
    await refresh(one.refreshToken)
    expect(await refresh(String(next.body['refresh_token']))).toMatchObject({ status: 400 })
  })

  test('When the sub-account is suspended, then 400 "Location is not active", and it works again later', async () => {
    const { refreshToken } = await installApp(sandbox)
    const location = sandbox.state.locations.find(({ id }) => id === main)
    if (!location) throw new Error('No main location')
    location.active = false
    const refused = await refresh(refreshToken)
    expect([refused.status, refused.body['message']]).toEqual([400, 'Location is not active'])
    location.active = true
    expect(await refresh(refreshToken)).toMatchObject({ status: 200 })
  })
})

describe('agency installs', () => {
  const mint = (accessToken: string, locationId: string) =>
    call('POST', '/oauth/locationToken', { token: accessToken, form: { companyId: harbor, locationId } })

  test('When the agency installs, then a Company token mints one per installed location', async () => {
    const { accessToken } = await installApp(sandbox, 'company')
    const minted = await mint(accessToken, main)
    expect(minted).toMatchObject({
      status: 201,
      body: { userType: 'Location', locationId: main, expires_in: 86_400 },
    })
    expect(String(minted.body['refresh_token'])).not.toBe('undefined')
    expect(await mint(accessToken, kolkata)).toMatchObject({ status: 400 })
    expect(await mint(accessToken, seedIds.location.foreign)).toMatchObject({ status: 403 })
  })

  test('When installed locations are listed without appId, then 422; a Location token may not ask', async () => {
    const company = await installApp(sandbox, 'company')
    const path = `/oauth/installedLocations?companyId=${harbor}`
    expect(await call('GET', path, { token: company.accessToken })).toMatchObject({ status: 422 })
    const list = await call('GET', `${path}&appId=${sandbox.state.app.appId}&isInstalled=true`, {
      token: company.accessToken,
    })
    expect(list.body).toMatchObject({ count: 1, locations: [{ _id: main, isInstalled: true }] })
    const location = await installApp(sandbox)
    expect(await call('GET', path, { token: location.accessToken })).toMatchObject({ status: 401 })
  })

  test('When the app uninstalls itself, then its tokens end and UNINSTALL is told', async () => {
    const { accessToken, refreshToken } = await installApp(sandbox)
    const path = `/marketplace/app/${sandbox.state.app.appId}/installations`
    const gone = await call('DELETE', path, { token: accessToken, json: { locationId: main } })
    expect(gone.status).toBe(200)
    expect(sandbox.state.installs).toEqual([])
    expect(sandbox.events().at(-1)).toMatchObject({ type: 'UNINSTALL', locationId: main })
    expect(await call('GET', `/locations/${main}`, { token: accessToken })).toMatchObject({ status: 401 })
    expect(await refresh(refreshToken)).toMatchObject({ status: 400 })
  })

  test('When an ordinary user tries to install, then it is refused', () => {
    expect(() => sandbox.consent({ userId: seedIds.user.rep, locationIds: [main] })).toThrow(
      'do not have access',
    )
  })
})
