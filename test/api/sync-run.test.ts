import { afterEach, describe, expect, it, vi } from 'vitest'
import type { SyncLogAnswer, SyncRun } from '../../shared/sync-contract.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createLiveClock, createTestClock } from '../support/clock.ts'
import {
  addCrmContact,
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

  it(
    'When a contact is changed while a long run writes, then that change does not wait for its end',
    { timeout: runWithinMs },
    async () => {
      const admin = await open()
      await admin.put('/sync/settings').send({ ...settings, enabled: true })
      const contact = addCrmContact(world.sandbox, { phone: '+14155559001', firstName: 'Before' })
      await run(admin, 'real')
      for (let place = 0; place < 120; place += 1) {
        const phone = `+1415777${String(place).padStart(4, '0')}`
        addCrmContact(world.sandbox, { phone, firstName: 'New' })
      }
      const slow = { method: 'POST', path: '/v1/contact', delayMs: 150, times: 1_000 }
      const written = world.heymarket.faults.add(slow)
      await admin.post('/sync/runs').send({ kind: 'real' })
      await vi.waitFor(() => expect(written.hits()).toBeGreaterThan(0), 10_000)
      contact.firstName = 'After'
      const { id, phone, firstName } = contact
      const locationId = seedIds.location.main
      await world.sandbox.sendWebhook({ type: 'ContactUpdate', locationId, id, phone, firstName })
      const changed = () => world.heymarket.contactByPhone('+14155559001')?.first
      await vi.waitFor(() => expect(changed()).toBe('After'), 20_000)
      expect(lastRunOf(await admin.get('/sync'))).toMatchObject({ state: 'running' })
      written.remove()
      expect(await ended(admin)).toMatchObject({ state: 'done', counts: { failed: 0 } })
    },
  )

  it(
    'When a contact is brought in step while a run reads, then the run does not take what it read before for newer',
    { timeout: runWithinMs },
    async () => {
      const admin = await open()
      await admin.put('/sync/settings').send({ ...settings, enabled: true })
      const contact = addCrmContact(world.sandbox, { phone: '+14155559002', firstName: 'Old' })
      // They fill the first page, are left alone, and keep the run reading.
      for (let place = 0; place < 100; place += 1) addCrmContact(world.sandbox, { firstName: 'No phone' })
      await run(admin, 'real')
      const there = () => world.heymarket.contactByPhone('+14155559002')
      const when = ({ body }: { body: unknown }) => JSON.stringify(body).includes('searchAfter')
      const slow = world.sandbox.faults.add({ path: '/contacts/search', when, delayMs: 2_000 })
      await admin.post('/sync/runs').send({ kind: 'real' })
      await vi.waitFor(() => expect(slow.hits()).toBe(1), 10_000)
      contact.firstName = 'New'
      const { id, phone, firstName } = contact
      const locationId = seedIds.location.main
      await world.sandbox.sendWebhook({ type: 'ContactUpdate', locationId, id, phone, firstName })
      await vi.waitFor(() => expect(there()?.first).toBe('New'), 10_000)
      await ended(admin)
      // Only one side changes now: the rule, by which the CRM wins, has nothing to decide.
      world.heymarket.changeContact(there()?.id ?? 0, { first: 'Newest' })
      await world.sendJob('sync-poll', { locationId }, { singletonKey: locationId })
      await vi.waitFor(() => expect(contact.firstName).toBe('Newest'), 10_000)
    },
  )
})
