import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { company, location, user } = seedIds
const dayMs = 24 * 3600 * 1000
const tokenPath = '/oauth/token'

let world: World
beforeEach(async () => {
  world = await startWorld()
})
afterEach(() => world.close())

const refreshes = () =>
  world.sandbox.calls.filter(
    ({ path, body }) => path === tokenPath && JSON.stringify(body).includes('refresh_token'),
  )
const statusOf = async () => {
  const { rows } = await world.database.db.execute(
    sql`select status from installations where location_id = ${location.main}`,
  )
  return rows[0]?.['status']
}
const rowNow = async () => {
  const { rows } = await world.database.db.execute(
    sql`select status, refreshing_since, via_company, access_token from installations where location_id = ${location.main}`,
  )
  return rows[0]
}
const toldStatuses = async () => {
  const { rows } = await world.database.db.execute(
    sql`select split_part(key, ':', 3) as status from location_events where type = 'installation' and location_id = ${location.main} order by id`,
  )
  return rows.map(({ status }) => status)
}
const tags = async () => {
  const rep = await world.as()
  return rep.get('/tags')
}

describe('tokens', () => {
  it('When a hundred calls meet an expired token, then one refresh serves all of them', async () => {
    await world.installed()
    const rep = await world.as()
    world.sandbox.behaviour.rateLimit = { ...world.sandbox.behaviour.rateLimit, max: 1_000 }
    world.sandbox.tokens.expireAccess()
    await rep.get('/tags')
    world.sandbox.tokens.expireAccess()
    const before = refreshes().length
    const answers = await Promise.all(Array.from({ length: 100 }, () => rep.get('/tags')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(refreshes().length - before).toBe(1)
  })

  it('When the token is about to expire, then it is replaced before it is refused', async () => {
    await world.installed()
    world.clock.advance(dayMs - 30_000)
    expect((await tags()).status).toBe(200)
    expect(refreshes()).toHaveLength(1)
    expect(world.sandbox.calls.filter(({ status }) => status === 401)).toEqual([])
  })

  it('When the answer to a refresh is lost, then it is asked for again within the grace, and nothing is lost', async () => {
    await world.installed()
    world.clock.advance(dayMs)
    world.sandbox.faults.add({ path: tokenPath, loseAnswer: true, times: 1 })
    expect((await tags()).status).toBe(200)
    world.clock.advance(dayMs)
    expect((await tags()).status).toBe(200)
  })

  it('When the platform is down at a refresh, then the tokens are kept and work later', async () => {
    await world.installed()
    world.clock.advance(dayMs)
    world.sandbox.faults.add({ path: tokenPath, status: 503, times: 3 })
    const encryptedData = world.sandbox.userContext({ userId: user.rep, locationId: location.main })
    expect((await world.api.post('/api/session').send({ encryptedData })).status).toBe(502)
    expect(await statusOf()).toBe('active')
    expect((await tags()).status).toBe(200)
  })

  it.each([
    ['a firewall', { status: 403, body: '<html>Access denied</html>' }],
    ['a page', { status: 400, body: '<html>Bad request</html>' }],
    ['a wrong request', { status: 422, body: { message: ['user_type must be one of the following'] } }],
    ['a wrong client', { status: 401, body: { error: 'invalid_client', error_description: 'refused' } }],
  ])('When a refresh is refused for %s, then the tokens are kept and work later', async (_name, refusal) => {
    await world.installed()
    const rep = await world.as()
    world.sandbox.tokens.expireAccess()
    world.sandbox.faults.add({ path: tokenPath, ...refusal })
    expect((await rep.get('/tags')).body).toMatchObject({ error: { code: 'upstream_failed' } })
    expect(await statusOf()).toBe('active')
    expect((await rep.get('/tags')).status).toBe(200)
  })

  it('When a bad grant speaks of clients, then it is still the grant that is bad', async () => {
    await world.installed()
    const rep = await world.as()
    world.sandbox.tokens.expireAccess()
    const body = { error: 'invalid_grant', error_description: 'expired, or was issued to another client' }
    world.sandbox.faults.add({ path: tokenPath, status: 400, body })
    expect((await rep.get('/tags')).body).toMatchObject({ error: { code: 'reconnect_required' } })
    expect(await statusOf()).toBe('reconnect_required')
  })

  it('When even a new token is refused, then the pair is not spent again and again', async () => {
    await world.installed()
    const rep = await world.as()
    const refusal = {
      path: /\/locations\/.+\/tags$/,
      status: 401,
      body: { message: 'Invalid JWT' },
      times: 6,
    }
    world.sandbox.faults.add(refusal)
    for (let asked = 0; asked < 3; asked += 1) {
      expect((await rep.get('/tags')).body).toMatchObject({ error: { code: 'reconnect_required' } })
    }
    expect(refreshes()).toHaveLength(1)
    expect(await statusOf()).toBe('active')
    world.sandbox.faults.clear()
    expect((await rep.get('/tags')).status).toBe(200)
    world.sandbox.faults.add(refusal)
    world.clock.advance(31_000)
    await rep.get('/tags')
    expect(refreshes()).toHaveLength(2)
  })

  it('When the refresh token is refused, then an admin has to connect again, and that mends it', async () => {
    await world.installed()
    const rep = await world.as()
    world.sandbox.tokens.revoke()
    const answer = await rep.get('/tags')
    expect(answer.status).toBe(409)
    expect(answer.body).toMatchObject({
      error: { code: 'reconnect_required', details: { installUrl: `${world.publicUrl}/oauth/install` } },
    })
    expect(await statusOf()).toBe('reconnect_required')
    const asked = refreshes().length
    expect((await rep.get('/tags')).status).toBe(409)
    expect(refreshes()).toHaveLength(asked)

    world.clock.advance(60_000)
    await world.installed()
    expect((await tags()).status).toBe(200)
    expect((await rep.get('/tags')).status).toBe(200)
    expect(await toldStatuses()).toEqual(['active', 'reconnect_required', 'active'])
  })

  it('When a sub-account that its agency installed loses its tokens, then new ones are made from the agency', async () => {
    await world.sandbox.installFromMarketplace({
      userId: user.owner,
      companyId: company.harbor,
      locationIds: [location.main],
    })
    const rep = await world.as()
    world.sandbox.tokens.revoke(location.main)
    expect((await rep.get('/tags')).status).toBe(200)
    expect(await statusOf()).toBe('active')
  })

  it('When a sub-account is installed by itself while its token is made from the agency, then the install stays', async () => {
    await world.sandbox.installFromMarketplace({
      userId: user.owner,
      companyId: company.harbor,
      locationIds: [location.main],
    })
    const rep = await world.as()
    world.sandbox.tokens.revoke(location.main)
    const slow = world.sandbox.faults.add({ path: '/oauth/locationToken', delayMs: 500, times: 1 })
    const asked = rep.get('/tags').then(({ status }) => status)
    await vi.waitFor(() => expect(slow.hits()).toBe(1))
    await world.installed()
    const installed = await rowNow()
    expect(await asked).toBe(200)
    expect(await rowNow()).toEqual(installed)
    expect(installed).toMatchObject({ via_company: false, status: 'active' })
  })

  it('When a refresh was provably not sent, then nobody has to look for what became of it', async () => {
    await world.installed()
    const rep = await world.as()
    world.sandbox.tokens.expireAccess()
    world.sandbox.faults.add({ path: tokenPath, status: 429, times: 3 })
    expect((await rep.get('/tags')).status).toBe(429)
    expect(await rowNow()).toMatchObject({ status: 'active', refreshing_since: null })
  })

  it('When a refresh may have got through before one that did not, then its mark stays', async () => {
    await world.installed()
    const rep = await world.as()
    world.sandbox.tokens.expireAccess()
    world.sandbox.faults.add({ path: tokenPath, status: 503, times: 1 })
    world.sandbox.faults.add({ path: tokenPath, status: 429, times: 2 })
    expect((await rep.get('/tags')).status).toBe(429)
    expect((await rowNow())?.['refreshing_since']).not.toBeNull()
  })

  it('When the agency uninstalls in the middle of a refresh, then nobody waits for ever', async () => {
    await world.sandbox.installFromMarketplace({
      userId: user.owner,
      companyId: company.harbor,
      locationIds: [location.main],
    })
    const rep = await world.as()
    world.sandbox.tokens.revoke(location.main)
    const slow = world.sandbox.faults.add({ path: tokenPath, delayMs: 300, times: 1 })
    const [answer] = await Promise.all([
      rep.get('/tags'),
      vi
        .waitFor(() => expect(slow.hits()).toBe(1))
        .then(() => world.sandbox.uninstall({ companyId: company.harbor })),
    ])
    expect(answer.status).toBe(409)
    await vi.waitFor(async () => expect(await statusOf()).toBe('uninstalled'), 5_000)
  })

  it('When the sub-account is suspended, then that is said, and it works again once it is active', async () => {
    await world.installed()
    const rep = await world.as()
    const place = world.sandbox.state.locations.find(({ id }) => id === location.main)
    if (place) place.active = false
    world.sandbox.tokens.expireAccess()
    expect((await rep.get('/tags')).body).toMatchObject({ error: { code: 'location_suspended' } })
    expect(await statusOf()).toBe('suspended')
    const encryptedData = world.sandbox.userContext({ userId: user.rep, locationId: location.main })
    expect((await world.api.post('/api/session').send({ encryptedData })).body).toMatchObject({
      error: { code: 'location_suspended' },
    })
    if (place) place.active = true
    world.clock.advance(61_000)
    await vi.waitFor(async () => expect((await rep.get('/tags')).status).toBe(200))
    expect(await statusOf()).toBe('active')
    expect(await toldStatuses()).toEqual(['active', 'suspended', 'active'])
  })

  it('When a scope lacks, then it is said without a refresh', async () => {
    await world.sandbox.installFromMarketplace({
      userId: user.admin,
      locationIds: [location.main],
      scope: 'users.readonly locations.readonly',
    })
    const encryptedData = world.sandbox.userContext({ userId: user.admin, locationId: location.main })
    const session = await world.api.post('/api/session').send({ encryptedData })
    expect(session.body).toMatchObject({ installUrl: `${world.publicUrl}/oauth/install` })
    expect((await tags()).body).toMatchObject({ error: { code: 'reconnect_required' } })
    expect(refreshes()).toEqual([])
    expect(await statusOf()).toBe('active')
  })
})
