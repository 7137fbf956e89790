import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Fault } from '../sandbox/fault-injector.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'
import { codeOf } from './answer-code.ts'
import { faultCases } from './platform-faults.ts'

const { location, user } = seedIds
const always = Number.MAX_SAFE_INTEGER
/** Longer than who somebody is, is kept. */
const forgottenMs = 6 * 60_000

/** Faults that say nothing of the tokens themselves. */
const passing: [string, Fault, string][] = [
  ['too many requests', { status: 429 }, 'rate_limited'],
  ['a server error', { status: 500 }, 'upstream_failed'],
  ['a bad gateway', { status: 502 }, 'upstream_failed'],
  ['out of service', { status: 503 }, 'upstream_failed'],
  ['a gateway timeout', { status: 504 }, 'upstream_failed'],
  ['a dropped connection', { reset: true }, 'upstream_unavailable'],
  ['a lost answer', { loseAnswer: true }, 'upstream_unavailable'],
  ['an unreadable answer', { malformed: true }, 'upstream_failed'],
]

let world: World
beforeAll(async () => {
  world = await startWorld({
    behaviour: { rateLimit: { max: 100_000, intervalMs: 200, perDay: 10_000_000 } },
  })
  await world.installed()
})
afterAll(() => world.close())
beforeEach(() => world.sandbox.faults.clear())

describe('a refresh that fails in passing', () => {
  const refused = () => world.sandbox.tokens.expireAccess(location.main)
  const refreshes = () => world.sandbox.calls.filter(({ path }) => path === '/oauth/token').length

  it.each(passing.filter(([, fault]) => !fault.malformed))(
    'When it meets %s once, then nobody notices',
    async (_name, fault) => {
      const rep = await world.as()
      world.sandbox.faults.add({ path: '/oauth/token', times: 1, ...fault })
      refused()
      const answers = await Promise.all([rep.get('/tags'), rep.get('/users'), rep.get('/conversations')])
      expect(answers.map(codeOf)).toEqual(['ok', 'ok', 'ok'])
    },
  )

  it('When it meets an unreadable answer once, then one call says so and the next works', async () => {
    const rep = await world.as()
    world.sandbox.faults.add({ path: '/oauth/token', times: 1, malformed: true })
    refused()
    expect(codeOf(await rep.get('/tags'))).toBe('upstream_failed')
    expect(codeOf(await rep.get('/tags'))).toBe('ok')
  })

  it.each(passing)('When it meets %s every time, then the tokens live on', async (_name, fault, code) => {
    const rep = await world.as()
    const before = refreshes()
    world.sandbox.faults.add({ path: '/oauth/token', times: always, ...fault })
    refused()
    expect(codeOf(await rep.get('/tags'))).toBe(code)
    expect(refreshes() - before).toBeLessThanOrEqual(3)

    world.sandbox.faults.clear()
    expect(codeOf(await rep.get('/tags'))).toBe('ok')
    refused()
    expect(codeOf(await rep.get('/tags'))).toBe('ok')
  })
})

describe('a sign-in while the platform fails', () => {
  const signIn = async () => {
    world.clock.advance(forgottenMs)
    const encryptedData = world.sandbox.userContext({ userId: user.rep, locationId: location.main })
    return codeOf(await world.api.post('/api/session').send({ encryptedData }))
  }
  /** Who refuses to say who somebody is, says that they have no access. */
  const noAccess = new Set(['rejected', 'not_found'])

  it('When who signs in cannot be asked, then the answer is true and it passes', async () => {
    const path = `/users/${user.rep}`
    for (const { name, fault, read } of faultCases) {
      const handle = world.sandbox.faults.add({ ...fault, method: 'GET', path })
      expect([name, await signIn()]).toEqual([name, noAccess.has(read) ? 'forbidden' : read])
      handle.remove()
      expect(await signIn()).toBe('ok')
    }
  })

  it('When the location cannot be asked, then what is stored of it serves', async () => {
    const path = `/locations/${location.main}`
    for (const [name, fault] of passing) {
      const handle = world.sandbox.faults.add({ ...fault, times: always, method: 'GET', path })
      world.clock.advance(7 * 3600_000)
      expect([name, await signIn()]).toEqual([name, 'ok'])
      handle.remove()
    }
  })
})

describe('a location that its company’s token cannot be asked for', () => {
  const company = { userId: user.owner, locationIds: [location.berlin] }

  it.each(passing)('When it meets %s once, then the location is added all the same', async (_name, fault) => {
    world.sandbox.faults.add({ path: '/oauth/locationToken', times: 1, ...fault })
    const { status } = await world.sandbox.installFromMarketplace(company)
    expect(status).toBe(200)
    await expect.poll(async () => codeOf(await berlinSignIn()), { timeout: 20_000, interval: 200 }).toBe('ok')
    await world.sandbox.uninstall({ locationId: location.berlin })
    await world.sandbox.settle()
    await expect.poll(async () => codeOf(await berlinSignIn()), { timeout: 10_000 }).not.toBe('ok')
  })

  const berlinSignIn = () => {
    const encryptedData = world.sandbox.userContext({
      userId: user.berlinRep,
      locationId: location.berlin,
    })
    return world.api.post('/api/session').send({ encryptedData })
  }
})
