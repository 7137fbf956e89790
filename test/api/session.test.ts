import { sql } from 'drizzle-orm'
import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { company, location, user } = seedIds
const minuteMs = 60_000

let world: World
beforeAll(async () => {
  world = await startWorld()
  await world.sandbox.installFromMarketplace({
    userId: user.owner,
    companyId: company.harbor,
    locationIds: [location.main, location.berlin],
  })
})
afterAll(() => world.close())
beforeEach(() => world.sandbox.faults.clear())

const open = (encryptedData: unknown) => world.api.post('/api/session').send({ encryptedData })
const openAs = (userId: string, locationId: string | null, overrides?: Record<string, unknown>) =>
  open(world.sandbox.userContext({ userId, locationId, ...(overrides ? { overrides } : {}) }))
const userOf = (id: string) => {
  const found = world.sandbox.state.users.find((candidate) => candidate.id === id)
  if (!found) throw new Error('no such user')
  return found
}

describe('session', () => {
  it('When a user of the sub-account comes, then the session says who and where, from the platform', async () => {
    const answer = await openAs(user.rep, location.main, { role: 'admin', userName: 'Somebody Else' })
    const { firstName, lastName, email } = userOf(user.rep)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      token: expect.any(String),
      expiresAt: expect.any(String),
      user: { id: user.rep, name: `${firstName} ${lastName}`, email, role: 'user', assignedDataOnly: false },
      location: { id: location.main, name: expect.any(String), timezone: 'America/New_York' },
    })
    const lifetimeMs = Date.parse(answer.body.expiresAt) - world.clock.now()
    expect(lifetimeMs).toBeGreaterThan(0)
    expect(lifetimeMs).toBeLessThanOrEqual(15 * minuteMs)
  })

  it('When no user context can be opened, then the log says once a minute what to look at', async () => {
    world.clock.advance(minuteMs)
    const hints = () => world.recorder.logs.filter((line) => line.includes('check GHL_APP_SSO_KEY')).length
    const before = hints()
    const sealed = world.sandbox.userContext({ userId: user.rep, locationId: location.main })
    const foreign = `${sealed.slice(0, -8)}AAAAAAA=`
    for (const tries of [1, 2, 3]) expect([tries, (await open(foreign)).status]).toEqual([tries, 401])
    expect(hints()).toBe(before + 1)
    world.clock.advance(minuteMs)
    await open(foreign)
    expect(hints()).toBe(before + 2)
  })

  it('When the user sees assigned data only, then the session says so', async () => {
    expect((await openAs(user.restricted, location.main)).body).toMatchObject({
      user: { assignedDataOnly: true },
    })
  })

  it.each([user.owner, user.agencyUser])(
    'When a user of the agency (%s) comes, who is listed nowhere, then they get in where it is installed',
    async (userId) => {
      expect((await openAs(userId, location.main)).status).toBe(200)
      expect((await openAs(userId, location.berlin)).status).toBe(200)
      expect((await openAs(userId, location.kolkata)).status).toBe(409)
    },
  )

  it.each([
    ['of another sub-account', user.berlinRep, location.main, {}],
    ['of another company', user.foreignAdmin, location.main, {}],
    [
      'of another company that claims this one',
      user.foreignAdmin,
      location.main,
      { companyId: company.harbor },
    ],
    ['who was deleted', user.deleted, location.main, {}],
    ['who does not exist', 'usrNobody00000000001', location.main, {}],
    ['whose context names another company', user.rep, location.main, { companyId: company.foreign }],
  ])('When a user comes %s, then there is no way in', async (_name, userId, locationId, overrides) => {
    const answer = await openAs(userId, locationId, overrides)
    expect(answer.status).toBe(403)
    expect(answer.body).toMatchObject({ error: { code: 'forbidden' } })
  })

  const asked = (userId: string) => ({ method: 'GET', path: `/users/${userId}` })

  it('When the platform leaves out where a user belongs, then the list of the sub-account tells', async () => {
    const rolesWithout = (id: string) => ({ ...userOf(id), roles: { type: 'account', role: 'user' } })
    world.clock.advance(5 * minuteMs)
    world.sandbox.faults.add({ ...asked(user.rep), status: 200, body: rolesWithout(user.rep) })
    expect((await openAs(user.rep, location.main)).status).toBe(200)
    world.sandbox.faults.add({
      ...asked(user.kolkataAdmin),
      status: 200,
      body: rolesWithout(user.kolkataAdmin),
    })
    expect((await openAs(user.kolkataAdmin, location.main)).status).toBe(403)
  })

  it('When the connection lacks the permission to read users, then it says to reconnect, but lets the agency in', async () => {
    world.clock.advance(5 * minuteMs)
    const body = { message: 'The token is not authorized for this scope.' }
    const when = ({ tokenOwner }: { tokenOwner: string | null }) => tokenOwner === `location:${location.main}`
    for (const userId of [user.rep, user.owner]) {
      world.sandbox.faults.add({ ...asked(userId), status: 401, body, when })
    }
    const refused = await openAs(user.rep, location.main)
    expect(refused.status).toBe(409)
    expect(refused.body.error).toMatchObject({
      code: 'reconnect_required',
      details: { installUrl: `${world.publicUrl}/oauth/install` },
    })
    expect((await openAs(user.owner, location.main)).status).toBe(200)
  })

  it('When nobody said whose the sub-account is, then another company’s agency cannot vouch for itself', async () => {
    const owner = { ...userOf(user.owner), id: 'usrForeignOwner00001', companyId: company.foreign }
    world.sandbox.state.users.push(owner)
    await world.sandbox.installFromMarketplace({
      userId: owner.id,
      companyId: company.foreign,
      locationIds: [],
    })
    const told = Promise.withResolvers<void>()
    const channel = 'wrapup_installations'
    const stop = await world.database.notifications.listen(channel, { notified: () => told.resolve() })
    await world.database.db.execute(
      sql`update installations set company_id = null where location_id = ${location.main} returning pg_notify(${channel}, 'location:' || location_id)`,
    )
    await told.promise
    stop()
    const openAsForeign = () => openAs(owner.id, location.main, { companyId: company.foreign })
    expect((await openAsForeign()).status).toBe(403)
    world.clock.advance(6 * 60 * minuteMs)
    expect((await openAsForeign()).status).toBe(403)
    expect((await openAs(user.owner, location.main)).status).toBe(200)
    const { rows } = await world.database.db.execute(
      sql`select company_id from installations where location_id = ${location.main}`,
    )
    expect(rows).toEqual([{ company_id: company.harbor }])
  })

  it('When there is no sub-account in the context, then one is asked for', async () => {
    expect((await openAs(user.owner, null)).body).toMatchObject({ error: { code: 'location_required' } })
    const empty = await openAs(user.owner, null, { activeLocation: '' })
    expect(empty.status).toBe(403)
  })

  it('When the sub-account has not installed the app, then the answer says where to', async () => {
    const answer = await openAs(user.kolkataAdmin, location.kolkata)
    expect(answer.status).toBe(409)
    expect(answer.body.error).toMatchObject({
      code: 'reconnect_required',
      details: { installUrl: `${world.publicUrl}/oauth/install` },
    })
  })

  it.each(['', 'garbage', 'x'.repeat(20_000), 'U2FsdGVkX18='])(
    'When the data is no context (%#), then every answer is the same',
    async (data) => {
      const answer = await open(data)
      const { code, message } = answer.body.error
      expect([answer.status, code]).toEqual([401, 'unauthenticated'])
      expect(message).toBe((await open('other')).body.error.message)
    },
  )

  it('When the data is sealed with another secret, then it is refused', async () => {
    const foreign = world.sandbox.userContext({
      userId: user.rep,
      locationId: location.main,
      ssoKey: 'foreign',
    })
    expect((await open(foreign)).status).toBe(401)
  })

  it.each([undefined, 5, null, {}])(
    'When the data is no text (%j), then it is refused as any other that is no context',
    async (data) => {
      expect((await open(data)).body).toMatchObject({ error: { code: 'unauthenticated' } })
    },
  )
})

describe('bearer token', () => {
  const tags = (authorization?: string) => {
    const request = world.api.get('/api/tags')
    return authorization === undefined ? request : request.set('Authorization', authorization)
  }

  it.each([undefined, '', 'Bearer', 'Bearer  ', 'Basic abc', 'Bearer abc.def.ghi'])(
    'When the header is %j, then it is refused',
    async (header) => {
      expect((await tags(header)).body).toMatchObject({ error: { code: 'unauthenticated' } })
    },
  )

  it('When a token names no algorithm, then it is refused', async () => {
    const { token } = await world.as()
    const forged = jwt.sign(Object(jwt.decode(token)), '', { algorithm: 'none' })
    expect((await tags(`Bearer ${forged}`)).status).toBe(401)
  })

  it('When a token has expired, then the page is told so', async () => {
    const { token } = await world.as()
    world.clock.advance(15 * minuteMs)
    expect((await tags(`Bearer ${token}`)).body).toMatchObject({ error: { code: 'session_expired' } })
    expect((await tags(`Bearer ${(await world.as()).token}`)).status).toBe(200)
  })

  it('When the platform takes rights away, then that holds five minutes later at most', async () => {
    const rep = await world.as()
    const kept = structuredClone(userOf(user.rep).roles)
    userOf(user.rep).roles.locationIds = []
    world.clock.advance(5 * minuteMs)
    expect((await rep.get('/tags')).status).toBe(403)
    Object.assign(userOf(user.rep).roles, kept)
    expect((await rep.get('/tags')).status).toBe(200)
  })

  it('When many requests come at once, then the platform is asked once who it is', async () => {
    const rep = await world.as()
    world.clock.advance(5 * minuteMs)
    const asked = () => world.sandbox.calls.filter(({ path }) => path === `/users/${user.rep}`).length
    const before = asked()
    await Promise.all(Array.from({ length: 10 }, () => rep.get('/tags')))
    expect(asked() - before).toBe(1)
  })

  it('When the platform cannot be asked who it is, then nobody gets in on old knowledge', async () => {
    const rep = await world.as()
    world.clock.advance(5 * minuteMs)
    world.sandbox.faults.add({ path: `/users/${user.rep}`, status: 503, times: 3 })
    expect((await rep.get('/tags')).status).toBe(502)
  })
})
