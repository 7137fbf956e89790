import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createInstallStage, type InstallStage } from '../support/install-stage.ts'
import { startWorld, type World } from '../support/world.ts'

const { company, location, user } = seedIds
const tokenPath = '/oauth/token'
const mintPath = '/oauth/locationToken'
const listPath = '/oauth/installedLocations'
const listJob = 'install-locations'

let world: World
let stage: InstallStage
beforeEach(async () => {
  world = await startWorld()
  stage = createInstallStage(world)
})
afterEach(() => world.close())

const callsTo = (path: string) => world.sandbox.calls.filter((call) => call.path === path)

describe('install of one sub-account', () => {
  it('When the app starts the install, then the choose-location page gets all it needs and the state comes back once', async () => {
    const start = await world.api.get('/oauth/install')
    expect(start.status).toBe(302)
    const target = new URL(start.headers['location'] ?? '')
    expect(target.origin + target.pathname).toBe(world.config.authorizeUrl)
    const state = target.searchParams.get('state') ?? ''
    expect(state.length).toBeGreaterThan(20)

    const approve = () => world.sandbox.consent({ userId: user.admin, locationIds: [location.main], state })
    const callback = async (code: string) => world.api.get('/oauth/callback').query({ code, state })

    const first = await callback(approve().code)
    expect(first.status).toBe(200)
    expect(first.text).toContain('Wrapup is installed')
    expect(first.text).not.toMatch(/highlevel|GHL/i)
    const again = await callback(approve().code)
    expect(again.status).toBe(400)
    expect(again.text).toContain('already used')
    expect(await stage.sessionStatus(user.rep, location.main)).toBe(200)
  })

  it('When the marketplace starts the install, then a callback without state is as good', async () => {
    expect(
      (await world.sandbox.installFromMarketplace({ userId: user.admin, locationIds: [location.main] }))
        .status,
    ).toBe(200)
    expect(await stage.sessionStatus(user.rep, location.main)).toBe(200)
    expect(await stage.sessionStatus(user.berlinRep, location.berlin)).toBe(409)
  })

  it('When the state is foreign or expired, then the code is not exchanged and the page says why', async () => {
    const start = await world.api.get('/oauth/install')
    const state = new URL(start.headers['location'] ?? '').searchParams.get('state') ?? ''
    world.clock.advance(10 * 60_000 + 1)
    for (const [given, reason] of [
      [state, 'expired'],
      [`${state}x`, 'not made by Wrapup'],
      ['<script>alert(1)</script>', 'not made by Wrapup'],
    ] as const) {
      const { code } = world.sandbox.consent({ userId: user.admin, locationIds: [location.main] })
      const answer = await world.api.get('/oauth/callback').query({ code, state: given })
      expect(answer.status).toBe(400)
      expect(answer.text).toContain(reason)
      expect(answer.text).not.toContain('alert(1)')
    }
    expect(callsTo(tokenPath)).toEqual([])
  })

  it.each([
    [{ error: 'access_denied' }, 403, 'denied'],
    [{ error: '<b>odd</b>' }, 400, 'ended the installation'],
    [{}, 400, 'no authorization code'],
    [{ code: 'made-up' }, 400, 'not valid'],
    [{ code: ['a', 'b'] }, 400, 'not complete'],
  ])(
    'When the callback comes with %j, then the page answers %i with the reason',
    async (query, status, reason) => {
      const answer = await world.api.get('/oauth/callback').query(query)
      expect(answer.status).toBe(status)
      expect(answer.headers['content-type']).toMatch(/html/)
      expect(answer.text).toContain(reason)
      expect(answer.text).not.toContain('<b>odd')
    },
  )

  it('When the platform is down, then the page says so and a later try succeeds', async () => {
    world.sandbox.faults.add({ path: tokenPath, status: 503, times: 1 })
    const failed = await world.sandbox.installFromMarketplace({
      userId: user.admin,
      locationIds: [location.main],
    })
    expect(failed.status).toBe(502)
    expect(failed.text).toContain('could not be installed')
    const later = await world.sandbox.installFromMarketplace({
      userId: user.admin,
      locationIds: [location.main],
    })
    expect(later.status).toBe(200)
  })

  it('When the refusal of a code speaks of clients, then it is the code that is bad', async () => {
    const body = { error: 'invalid_grant', error_description: 'expired, or was issued to another client' }
    world.sandbox.faults.add({ path: tokenPath, status: 400, body })
    const answer = await world.sandbox.installFromMarketplace({
      userId: user.admin,
      locationIds: [location.main],
    })
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('code is not valid')])
  })

  it('When the grant is in snake case and without a lifetime, then it is read all the same', async () => {
    const ids = { location_id: location.main, company_id: company.harbor, user_id: user.admin }
    const body = { access_token: 'made-up-access', refresh_token: 'made-up-refresh', ...ids }
    world.sandbox.faults.add({ path: tokenPath, status: 200, body })
    await world.sandbox.installFromMarketplace({
      userId: user.admin,
      locationIds: [location.main],
      installWebhook: 'none',
    })
    const { rows } = await world.database.db.execute(
      sql`select *, access_expires_at - refreshed_at = interval '86399 s' as usual from installations`,
    )
    expect(rows[0]).toMatchObject({
      location_id: location.main,
      company_id: company.harbor,
      installed_by: user.admin,
      usual: true,
    })
  })

  it('When it is stored, then no token can be read from the database', async () => {
    await world.installed()
    const { rows } = await world.database.db.execute(sql`select * from installations`)
    const stored = JSON.stringify(rows)
    expect(rows).toHaveLength(1)
    expect(world.sandbox.secrets().filter((secret) => stored.includes(secret))).toEqual([])
  })

  it('When a page of the flow is answered, then nothing of its address is kept or passed on', async () => {
    const answer = await world.api.get('/oauth/callback').query({ code: 'made-up' })
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    expect((await world.api.get('/oauth/page.css')).headers['content-type']).toMatch(/css/)
  })
})

describe('install by an agency', () => {
  it('When an agency picks several sub-accounts, then each gets a token of its own', async () => {
    const answer = await stage.installByAgency(location.main, location.berlin)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('2 sub-accounts')
    expect(await stage.sessionStatus(user.rep, location.main)).toBe(200)
    expect(await stage.sessionStatus(user.berlinRep, location.berlin)).toBe(200)
    expect(await stage.sessionStatus(user.kolkataAdmin, location.kolkata)).toBe(409)
    const owners = callsTo(`/users/${user.rep}`).map(({ tokenOwner }) => tokenOwner)
    expect(owners).toEqual([`location:${location.main}`])
  })

  it('When INSTALL comes before the callback, then the callback picks the sub-account up', async () => {
    world.sandbox.consent({
      userId: user.owner,
      companyId: company.harbor,
      locationIds: [location.main],
      installWebhook: 'before',
    })
    await world.sandbox.settle()
    expect(await stage.sessionStatus(user.rep, location.main)).toBe(409)
    await world.sandbox.installFromMarketplace({
      userId: user.owner,
      companyId: company.harbor,
      locationIds: [location.main],
      installWebhook: 'none',
    })
    expect(await stage.sessionStatus(user.rep, location.main)).toBe(200)
  })

  it.each([true, false])(
    'When a sub-account is added later (INSTALL with companyId: %s), then INSTALL alone brings it in',
    async (withCompanyId) => {
      await stage.installByAgency(location.main)
      world.sandbox.installFutureLocation(location.kolkata, { withCompanyId })
      await vi.waitFor(
        async () => expect(await stage.sessionStatus(user.kolkataAdmin, location.kolkata)).toBe(200),
        5_000,
      )
    },
  )

  it('When an INSTALL is ahead of the platform, so that its first token is refused, then it follows by itself', async () => {
    await stage.installByAgency(location.main)
    world.sandbox.faults.add({ path: mintPath, status: 400, body: { message: 'App is not installed' } })
    world.sandbox.installFutureLocation(location.kolkata, { withCompanyId: true })
    await vi.waitFor(
      async () => expect(await stage.sessionStatus(user.kolkataAdmin, location.kolkata)).toBe(200),
      10_000,
    )
  })

  it('When one sub-account cannot be added at once, then the others are in and it follows by itself', async () => {
    world.sandbox.faults.add({
      path: mintPath,
      status: 500,
      times: 3,
      when: ({ body }) => JSON.stringify(body).includes(location.berlin),
    })
    const answer = await world.sandbox.installFromMarketplace({
      userId: user.owner,
      companyId: company.harbor,
      locationIds: [location.main, location.berlin],
      installWebhook: 'none',
    })
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('More sub-accounts are being added')
    expect(await stage.sessionStatus(user.rep, location.main)).toBe(200)
    await vi.waitFor(
      async () => expect(await stage.sessionStatus(user.berlinRep, location.berlin)).toBe(200),
      10_000,
    )
  })

  it('When the installed sub-accounts cannot be listed, then the chosen ones are in and one job brings the others', async () => {
    await stage.installByAgency(location.berlin)
    await world.database.db.execute(sql`delete from installations where location_id = ${location.berlin}`)
    world.sandbox.faults.add({ path: listPath, status: 500, times: 6 })
    expect((await stage.installByAgency(location.main)).status).toBe(200)
    expect(await stage.sessionStatus(user.rep, location.main)).toBe(200)
    await vi.waitFor(async () => expect(await stage.jobStates(listJob)).toEqual(['completed']), 10_000)
    expect(await stage.sessionStatus(user.berlinRep, location.berlin)).toBe(200)
  })

  it('When the agency has uninstalled meanwhile, then nothing is listed and the job ends', async () => {
    await stage.installByAgency(location.main)
    await world.sandbox.uninstall({ companyId: company.harbor })
    await vi.waitFor(
      async () => expect(await stage.sessionStatus(user.rep, location.main)).not.toBe(200),
      10_000,
    )
    const before = callsTo(listPath).length
    await world.sendJob(listJob, { companyId: company.harbor })
    await vi.waitFor(async () => expect(await stage.jobStates(listJob)).toEqual(['completed']), 10_000)
    expect(callsTo(listPath)).toHaveLength(before)
  })
})
