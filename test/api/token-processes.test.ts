import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSessionTokens } from '../../server/session/session-token.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startTwinApp, type TwinApp } from '../support/twin-app.ts'
import { startWorld, type World } from '../support/world.ts'

const { company, location, user } = seedIds
const dayMs = 24 * 3600 * 1000
const tokenPath = '/oauth/token'

let world: World
let twins: TwinApp[]
beforeEach(async () => {
  world = await startWorld()
  world.sandbox.behaviour.rateLimit = { ...world.sandbox.behaviour.rateLimit, max: 2_000 }
  twins = []
  await world.installed()
})
afterEach(async () => {
  for (const twin of twins) await twin.close()
  await world.close()
})

async function startTwins(count: number): Promise<void> {
  while (twins.length < count) twins.push(await startTwinApp(world))
}
const refreshes = () =>
  world.sandbox.calls.filter(
    ({ path, body }) => path === tokenPath && JSON.stringify(body).includes('refresh_token'),
  ).length
const row = async (locationId: string = location.main) => {
  const { rows } = await world.database.db.execute(
    sql`select * from installations where location_id = ${locationId}`,
  )
  return rows[0] ?? {}
}
/** A session that nobody had to ask the platform for. */
async function sessionNow(): Promise<string> {
  const { config, clock } = world
  const tokens = createSessionTokens({
    secrets: config.sessionSecrets,
    issuer: config.publicUrl,
    now: clock.now,
  })
  const { token } = tokens.issue({
    userId: user.rep,
    companyId: company.harbor,
    locationId: location.main,
    installationId: String((await row())['id']),
  })
  return token
}
const statusAt = async (url: string, token: string): Promise<number> =>
  (await fetch(`${url}/api/tags`, { headers: { Authorization: `Bearer ${token}` } })).status

describe('tokens over several processes', () => {
  it.each([1, 2, 4])(
    'When calls to %i processes meet an expired token, then one refresh serves all, whatever a reuse would do',
    { timeout: 30_000 },
    async (count) => {
      await startTwins(count - 1)
      const urls = [world.publicUrl, ...twins.map(({ url }) => url)]
      const askAll = async () => {
        const token = await sessionNow()
        const asked = Array.from({ length: 24 }, (_, place) =>
          statusAt(urls[place % count] ?? world.publicUrl, token),
        )
        return new Set(await Promise.all(asked))
      }
      for (const reuse of ['grace', 'refuse', 'revoke'] as const) {
        world.sandbox.behaviour.refreshReuse = reuse
        let before = refreshes()
        world.clock.advance(dayMs)
        expect(await askAll(), `${reuse}, by expiry`).toEqual(new Set([200]))
        expect(refreshes() - before, `${reuse}, by expiry`).toBe(1)
        before = refreshes()
        world.sandbox.tokens.expireAccess()
        expect(await askAll(), `${reuse}, by refusal`).toEqual(new Set([200]))
        expect(refreshes() - before, `${reuse}, by refusal`).toBe(1)
      }
      expect(await row()).toMatchObject({ status: 'active', refreshing_since: null })
    },
  )

  it('When it is uninstalled, then every process ends the sessions at once, and a reinstall starts anew', async () => {
    await startTwins(1)
    const token = await sessionNow()
    const twinUrl = twins[0]?.url ?? ''
    expect(await statusAt(twinUrl, token)).toBe(200)
    await world.sandbox.uninstall({ locationId: location.main })
    await vi.waitFor(async () => expect((await row())['status']).toBe('uninstalled'))
    // Well before what is remembered would be read again by itself.
    await vi.waitFor(async () => expect(await statusAt(twinUrl, token)).toBe(409), 2_000)
    expect(await statusAt(world.publicUrl, token)).toBe(409)

    world.clock.advance(1_000)
    await world.installed()
    expect(await statusAt(twinUrl, await sessionNow())).toBe(200)
    expect(await statusAt(twinUrl, token)).toBe(409)
  })

  it('When requests follow each other, then the installation is not read for each of them', async () => {
    const token = await sessionNow()
    await statusAt(world.publicUrl, token)
    const queries = vi.spyOn(world.database.pool, 'query')
    for (let asked = 0; asked < 20; asked += 1) expect(await statusAt(world.publicUrl, token)).toBe(200)
    const reads = queries.mock.calls.filter(([query]) => JSON.stringify(query).includes('installations'))
    // The notifications of the install may still come, and what keeps watch looks as well.
    expect(reads.length).toBeLessThan(6)
  })

  it('When a refresh is left without an outcome, then it is brought to its end by itself', async () => {
    const before = refreshes()
    const at = new Date(world.clock.now())
    await world.database.db.execute(sql`update installations set refreshing_since = ${at.toISOString()}`)
    await startTwins(1)
    await vi.waitFor(async () => expect((await row())['refreshing_since']).toBeNull(), 8_000)
    expect(refreshes() - before).toBe(1)
  })

  it('When many refreshes without an outcome keep failing, then a newer one is not held back by them', async () => {
    const at = new Date(world.clock.now())
    // Sealed for another owner, they cannot even be opened.
    await world.database.db.execute(
      sql`insert into installations (id, kind, location_id, status, access_token, refresh_token, refreshing_since, installed_at, created_at, updated_at)
        select gen_random_uuid(), kind, 'failing' || place, status, access_token, refresh_token, ${at.toISOString()}::timestamptz - interval '1 s', installed_at, created_at, updated_at
        from installations, generate_series(1, 60) as place where location_id = ${location.main}`,
    )
    await world.database.db.execute(
      sql`update installations set refreshing_since = ${at.toISOString()} where location_id = ${location.main}`,
    )
    await vi.waitFor(async () => expect((await row())['refreshing_since']).toBeNull(), 8_000)
  })

  it('When a token nears its end, then it still serves while it is replaced, even if that fails', async () => {
    world.clock.advance(dayMs - 1_000 - 60_001)
    const token = await sessionNow()
    world.sandbox.faults.add({ path: tokenPath, status: 503, times: 20 })
    expect(await statusAt(world.publicUrl, token)).toBe(200)
    const isSaid = () => world.recorder.logs.some((line) => line.includes('ahead of its expiry'))
    await expect.poll(isSaid, { timeout: 10_000 }).toBe(true)
    world.sandbox.faults.clear()
    const before = (await row())['access_token']
    expect(await statusAt(world.publicUrl, token)).toBe(200)
    await expect.poll(async () => (await row())['access_token'], { timeout: 10_000 }).not.toBe(before)
    expect(world.sandbox.calls.filter(({ status }) => status === 401)).toEqual([])
  })

  it('When nobody used an installation for two months, then it is refreshed in time; a dead one is left alone', async () => {
    await world.installed(user.owner, location.berlin)
    const isDone = async () => {
      const { rows } = await world.database.db.execute(
        sql`select 1 from pgboss.job where state in ('created', 'retry', 'active')
          and name in ('refresh-idle-installations', 'process-webhooks', 'mint-location')`,
      )
      return rows.length === 0
    }
    // What the install itself set going must not meet the dead installation, nor the moved clock.
    await world.sandbox.settle()
    await expect.poll(isDone, { timeout: 8_000 }).toBe(true)
    await world.database.db.execute(
      sql`update installations set status = 'reconnect_required' where location_id = ${location.berlin}`,
    )
    world.clock.advance(29 * dayMs)
    await world.sendJob('refresh-idle-installations', {})
    await expect.poll(isDone, { timeout: 8_000 }).toBe(true)
    expect(refreshes()).toBe(0)
    for (let month = 0; month < 26; month += 2) {
      world.clock.advance(60 * dayMs)
      await world.sendJob('refresh-idle-installations', {})
      await expect.poll(isDone, { timeout: 8_000 }).toBe(true)
      expect(refreshes(), 'of the agency and of the one').toBe(month + 2)
    }
    expect(await row()).toMatchObject({ status: 'active' })
    expect((await (await world.as()).get('/tags')).status).toBe(200)
  })

  it('When an idle installation is suspended, then it is probed and comes back', async () => {
    const place = world.sandbox.state.locations.find(({ id }) => id === location.main)
    if (place) place.active = false
    world.clock.advance(61 * dayMs)
    await world.sendJob('refresh-idle-installations', {})
    await vi.waitFor(async () => expect((await row())['status']).toBe('suspended'), 5_000)
    if (place) place.active = true
    world.clock.advance(dayMs)
    await world.sendJob('refresh-idle-installations', {})
    await vi.waitFor(async () => expect((await row())['status']).toBe('active'), 5_000)
  })
})

describe('rotation of the encryption key', () => {
  const [oldest = Buffer.alloc(0), middle = Buffer.alloc(0), newest = Buffer.alloc(0)] = Array.from(
    { length: 3 },
    () => randomBytes(32),
  )

  const sealedWith = async () => String((await row())['access_token']).split('.')[1]
  async function rotate(keys: World['config']['encryptionKeys']): Promise<void> {
    const before = await sealedWith()
    const twin = await startTwinApp(world, { encryptionKeys: keys })
    twins.push(twin)
    await vi.waitFor(async () => expect(await sealedWith()).not.toBe(before), 5_000)
  }

  it('When new keys come first, one after the other, then what is stored follows, and the oldest can go', async () => {
    const [ofWorld = Buffer.alloc(0)] = world.config.encryptionKeys
    await rotate([oldest, ofWorld])
    await twins.pop()?.close()
    await rotate([middle, oldest])
    await twins.pop()?.close()
    await rotate([newest, middle, oldest])
    await twins.pop()?.close()
    const last = await startTwinApp(world, { encryptionKeys: [newest] })
    twins.push(last)
    expect(await statusAt(last.url, await sessionNow())).toBe(200)
    world.clock.advance(dayMs)
    expect(await statusAt(last.url, await sessionNow())).toBe(200)
    expect(refreshes()).toBe(1)
  })

  it('When a process goes on to seal under the older key, then that is sealed anew, and the older key is kept till then', async () => {
    const isSaid = () => world.recorder.logs.some((line) => line.includes('no longer needed'))
    await rotate([newest, ...world.config.encryptionKeys])
    const sealedAnew = await sealedWith()
    world.clock.advance(1_000)
    await world.installed()
    expect(await sealedWith()).not.toBe(sealedAnew)
    world.clock.advance(3_600_000)
    await vi.waitFor(async () => expect(await sealedWith()).toBe(sealedAnew), 5_000)
    expect(isSaid()).toBe(false)
    const isSaidAnHourLater = () => {
      world.clock.advance(3_600_000)
      return isSaid()
    }
    await expect.poll(isSaidAnHourLater, { timeout: 10_000, interval: 1_500 }).toBe(true)
  })

  it('When a key is missing, then nothing stored is judged by that, and it works again with the key', async () => {
    const stranger = await startTwinApp(world, { encryptionKeys: [oldest] })
    twins.push(stranger)
    // It was sealed a moment ago: whoever did that is still there.
    expect(await statusAt(stranger.url, await sessionNow())).toBe(503)
    world.clock.advance(dayMs)
    expect(await statusAt(stranger.url, await sessionNow())).toBe(409)
    expect(await row()).toMatchObject({ status: 'active' })
    expect(await statusAt(world.publicUrl, await sessionNow())).toBe(200)
  })

  it('When a refresh is faster than the sealing anew, then its tokens stay', async () => {
    const slow = world.sandbox.faults.add({ path: tokenPath, delayMs: 300 })
    world.clock.advance(dayMs)
    const asked = statusAt(world.publicUrl, await sessionNow())
    await vi.waitFor(() => expect(slow.hits()).toBe(1))
    const twin = await startTwinApp(world, { encryptionKeys: [newest, ...world.config.encryptionKeys] })
    twins.push(twin)
    expect(await asked).toBe(200)
    world.sandbox.behaviour.refreshReuse = 'revoke'
    world.clock.advance(dayMs)
    expect(await statusAt(twin.url, await sessionNow())).toBe(200)
    expect(refreshes()).toBe(2)
  })
})
