import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { location, user } = seedIds
const hourMs = 3_600_000

describe('making locations ready at the start', () => {
  let world: World

  beforeAll(async () => {
    world = await startWorld({ seed: 'small' })
    await world.installed(user.admin, location.main)
    await world.installed(user.admin, location.berlin)
  })
  afterAll(() => world.close())

  async function callsOf(run: () => Promise<unknown>): Promise<string[]> {
    const before = world.sandbox.calls.length
    await run()
    const made = world.sandbox.calls.slice(before)
    return made.map(({ method, path }) => `${method} ${path}`).toSorted()
  }

  it('When the app starts after a long pause, then the first sign-in only asks who the user is', async () => {
    world.clock.advance(48 * hourMs)
    const primed = await callsOf(world.prime)
    const signIn = await callsOf(() => world.signIn(user.rep, location.main))

    expect(primed).toEqual([
      `GET /locations/${location.berlin}`,
      `GET /locations/${location.main}`,
      'POST /oauth/token',
      'POST /oauth/token',
    ])
    expect(signIn).toEqual([`GET /users/${user.rep}`])
  })

  it('When a location cannot be read, then the other is made ready all the same', async () => {
    world.clock.advance(48 * hourMs)
    world.sandbox.faults.add({ method: 'GET', path: '/locations/:locationId', status: 422, times: 1 })
    await world.prime()
    const signIns = await callsOf(async () => {
      await world.signIn(user.admin, location.main)
      await world.signIn(user.admin, location.berlin)
    })
    expect(signIns.filter((call) => call.startsWith('GET /locations/'))).toHaveLength(1)
  })
})
