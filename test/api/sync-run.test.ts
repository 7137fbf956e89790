import { afterEach, describe, expect, it, vi } from 'vitest'
import type { SyncLogAnswer, SyncRun } from '../../shared/sync-contract.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createLiveClock, createTestClock } from '../support/clock.ts'
import {
  createWriteCounter,
  hasEnded,
  heymarketConnection,
  lastRunOf,
  seedBothSides,
} from '../support/sync-stage.ts'
import { startWorld, type World } from '../support/world.ts'

/** `SYNC_CONTACTS=5000` by hand: then time is real, and so are both systems' limits. */
const wanted = Number(process.env['SYNC_CONTACTS'] ?? 0)
const count = wanted || 300
const isByHand = wanted > 0
const runWithinMs = isByHand ? 3_600_000 : 60_000

let world: World
afterEach(() => world.close())

async function open() {
  const clock = isByHand ? createLiveClock() : createTestClock()
  const settings: Record<string, string> = isByHand
    ? { LOG_LEVEL: 'warn' }
    : { HEYMARKET_CALLS_PER_MINUTE: '100000' }
  world = await startWorld({ carriers: true, clock, settings, behaviour: { webhookAttempts: 1 } })
  if (!isByHand) {
    world.sandbox.behaviour.rateLimit = { max: 100_000, intervalMs: 10_000, perDay: 1_000_000 }
    world.heymarket.behaviour.callsPerMinute = 100_000
  }
  await world.installed()
  const admin = await world.as(seedIds.user.admin)
  const answer = await admin.put('/providers/heymarket').send(heymarketConnection(world.heymarket))
  expect(answer.status).toBe(200)
  return admin
}

type Admin = Awaited<ReturnType<World['as']>>

async function run(admin: Admin, kind: SyncRun['kind']): Promise<SyncRun> {
  world.clock.advance(1_000)
  const begun = await admin.post('/sync/runs').send({ kind })
  expect(begun.status).toBe(201)
  return ended(admin)
}

async function ended(admin: Admin): Promise<SyncRun> {
  let client = admin
  return vi.waitFor(
    async () => {
      const answer = await client.get('/sync')
      // By hand it takes longer than a session lasts.
      if (answer.status === 401) client = await world.as(seedIds.user.admin)
      const last = lastRunOf(answer)
      expect(hasEnded(last)).toBe(true)
      return last
    },
    { timeout: runWithinMs, interval: isByHand ? 2_000 : 50 },
  )
}

const settings = {
  enabled: false,
  mappings: [
    {
      crmField: 'firstName',
      providerField: 'firstName',
      transforms: ['trim'],
      direction: 'both',
      rule: 'crm',
    },
    {
      crmField: 'lastName',
      providerField: 'lastName',
      transforms: ['trim'],
      direction: 'both',
      rule: 'newest',
    },
    { crmField: 'email', providerField: 'email', transforms: ['lower'], direction: 'both', rule: 'newest' },
  ],
  createInCrm: true,
  createInProvider: true,
  newContactTag: 'from heymarket',
  syncTags: false,
  tagOrder: [],
  syncNotes: false,
}

describe('a whole run', () => {
  it(
    `When ${count} contacts on each side differ, then two runs make them the same, and the third writes nothing`,
    { timeout: runWithinMs * 4 },
    async () => {
      let admin = await open()
      const seed = seedBothSides(world.sandbox, world.heymarket, count)
      const writes = createWriteCounter(world.sandbox, world.heymarket)
      expect((await admin.put('/sync/settings').send(settings)).status).toBe(200)

      writes.restart()
      const dry = await run(admin, 'dry')
      expect(dry).toMatchObject({
        state: 'done',
        counts: {
          readInCrm: count,
          readInProvider: count,
          createInCrm: seed.onlyHeymarket,
          createInProvider: seed.onlyCrm,
          update: seed.conflicts,
          conflict: seed.conflicts,
          duplicate: seed.duplicates,
          same: seed.same,
          failed: 0,
        },
      })
      expect(writes.counted()).toEqual({ crm: 0, heymarket: 0 })

      const first = await run(admin, 'real')
      expect(first).toMatchObject({ state: 'done', counts: { failed: 0 } })
      expect(writes.counted()).toEqual({
        crm: seed.onlyHeymarket,
        heymarket: seed.onlyCrm + seed.conflicts,
      })
      await world.sandbox.settle()
      admin = await world.as(seedIds.user.admin)
      await run(admin, 'real')
      writes.restart()
      const third = await run(admin, 'real')
      expect(writes.counted()).toEqual({ crm: 0, heymarket: 0 })
      expect(third.counts).toMatchObject({ update: 0, createInCrm: 0, createInProvider: 0, failed: 0 })
      expect(writes.refused()).toBe(0)

      const crm = new Map(world.sandbox.state.contacts.map((contact) => [contact.phone, contact]))
      const there = [...world.heymarket.state.contacts.values()].filter(({ first: name }) => name !== 'Kim')
      for (const { phone, first: name, last, email } of there) {
        expect(crm.get(`+${phone}`)).toMatchObject({ firstName: name, lastName: last, email })
      }
      expect(there.filter(({ first: name }) => name === 'Alex')).toEqual([])
      const made = world.sandbox.state.contacts.filter(({ tags }) => tags.includes('from heymarket'))
      expect(made).toHaveLength(seed.onlyHeymarket)
    },
  )
})

describe('a run that is disturbed', () => {
  it(
    'When it is paused and the other system fails in between, then it goes on where it was and makes nothing twice',
    { timeout: runWithinMs },
    async () => {
      const admin = await open()
      const seed = seedBothSides(world.sandbox, world.heymarket, 100)
      await admin.put('/sync/settings').send(settings)
      // The answers of two writes are lost: both were done.
      world.heymarket.faults.add({ method: 'POST', path: '/v1/contact', times: 1, loseAnswer: true })
      world.sandbox.faults.add({ method: 'POST', path: '/contacts', times: 1, loseAnswer: true })
      const begun = await admin.post('/sync/runs').send({ kind: 'real' })
      const { id } = (begun.body as { run: SyncRun }).run
      const paused = await admin.post(`/sync/runs/${id}/state`).send({ action: 'pause' })
      expect(paused.status).toBe(200)
      expect((await admin.post('/sync/runs').send({ kind: 'dry' })).status).toBe(409)
      expect((await admin.post(`/sync/runs/${id}/state`).send({ action: 'resume' })).status).toBe(200)
      const last = await ended(admin)
      expect(last).toMatchObject({ state: 'done', counts: { failed: 0 } })
      expect(world.sandbox.state.contacts).toHaveLength(100 + seed.onlyHeymarket)
      expect(world.heymarket.state.contacts.size).toBe(100 + seed.onlyCrm)
    },
  )

  it(
    'When a contact is refused, then the others are done, the log says so without values, and a replay mends it',
    { timeout: runWithinMs },
    async () => {
      const admin = await open()
      const seed = seedBothSides(world.sandbox, world.heymarket, 60)
      await admin.put('/sync/settings').send(settings)
      world.heymarket.faults.add({ method: 'POST', path: '/v1/contact', times: 1, status: 400 })
      const last = await run(admin, 'real')
      expect(last.counts.failed).toBe(1)
      const failed = await admin.get('/sync/log?only=failed')
      const { entries } = failed.body as SyncLogAnswer
      expect(entries).toMatchObject([
        { state: 'failed', code: 'rejected', action: 'create', target: 'provider' },
      ])
      expect(failed.text).not.toMatch(/Only|Person|example\.com|\+1415/)
      const entry = entries[0]?.id
      expect((await admin.post(`/sync/log/${entry}/replay`).send({})).status).toBe(200)
      await vi.waitFor(() => expect(world.heymarket.state.contacts.size).toBe(60 + seed.onlyCrm), 10_000)
      await vi.waitFor(
        async () => expect((await admin.get('/sync/log?only=failed')).body).toMatchObject({ entries: [] }),
        5_000,
      )
      expect((await admin.post(`/sync/log/${entry}/replay`).send({})).status).toBe(404)
    },
  )
})
