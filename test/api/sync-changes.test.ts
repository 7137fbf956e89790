import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SyncAnswer, SyncLogAnswer, SyncSettings } from '../../shared/sync-contract.ts'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import {
  addCrmContact,
  createWriteCounter,
  hasEnded,
  heymarketConnection,
  lastRunOf,
} from '../support/sync-stage.ts'
import { startWorld, type World } from '../support/world.ts'

const { location, user } = seedIds
const settings: SyncSettings = {
  enabled: true,
  mappings: [
    {
      crmField: 'firstName',
      providerField: 'firstName',
      transforms: ['trim'],
      direction: 'both',
      rule: 'newest',
    },
    {
      crmField: 'lastName',
      providerField: 'lastName',
      transforms: ['trim'],
      direction: 'both',
      rule: 'newest',
    },
    { crmField: 'email', providerField: 'email', transforms: ['lower'], direction: 'both', rule: 'newest' },
    {
      crmField: 'custom:cfPlan',
      providerField: `custom:${heymarketIds.customField.plan}`,
      transforms: ['upper'],
      direction: 'both',
      rule: 'newest',
    },
  ],
  createInCrm: true,
  createInProvider: true,
  newContactTag: 'From Heymarket',
  syncTags: true,
  tagOrder: ['vip'],
  syncNotes: true,
}

let world: World
let admin: Awaited<ReturnType<World['as']>>

async function done(asked: PromiseLike<{ status: number; text: string }>): Promise<void> {
  const { status, text } = await asked
  if (status >= 300) throw new Error(`answered ${status}: ${text}`)
}

beforeAll(async () => {
  const limits = { HEYMARKET_CALLS_PER_MINUTE: '100000' }
  world = await startWorld({ carriers: true, settings: limits })
  world.sandbox.behaviour.rateLimit = { max: 100_000, intervalMs: 10_000, perDay: 1_000_000 }
  world.heymarket.behaviour.callsPerMinute = 100_000
  await world.installed()
  admin = await world.as(user.admin)
  world.sandbox.state.contacts = []
  await done(admin.put('/providers/heymarket').send(heymarketConnection(world.heymarket)))
  await done(admin.put('/sync/settings').send(settings))
  await done(admin.post('/sync/runs').send({ kind: 'real' }))
  await vi.waitFor(async () => {
    if (!hasEnded(lastRunOf(await admin.get('/sync')))) throw new Error('the first run is not over')
  }, 10_000)
})
afterAll(() => world.close())
beforeEach(async () => {
  world.clock.advance(5 * 60_000)
  admin = await world.as(user.admin)
  world.heymarket.faults.clear()
  world.sandbox.faults.clear()
})

const soon = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 15_000, interval: 50 })
const there = (phone: string) => world.heymarket.contactByPhone(phone)
const inCrm = (phone: string) => world.sandbox.state.contacts.find((contact) => contact.phone === phone)
const poll = () => world.sendJob('sync-poll', { locationId: location.main }, { singletonKey: location.main })
const newestEntry = async () => ((await admin.get('/sync/log?limit=1')).body as SyncLogAnswer).entries[0]

/** A contact as somebody makes it in the CRM. */
async function madeInCrm(fields: object): Promise<string> {
  const contact = addCrmContact(world.sandbox, fields)
  await tellOf('ContactCreate', contact)
  return contact.id
}

async function tellOf(
  type: string,
  { id, firstName, lastName, email, phone, tags, customFields }: ReturnType<typeof addCrmContact>,
) {
  const payload = {
    type,
    locationId: location.main,
    id,
    firstName,
    lastName,
    email,
    phone,
    tags,
    customFields,
  }
  expect((await world.sandbox.sendWebhook(payload)).status).toBe(200)
}

describe('changes that travel by themselves', () => {
  it('When a contact is made and changed in the CRM, then Heymarket follows, and our own echoes write nothing', async () => {
    const phone = '+14155550101'
    await madeInCrm({
      phone,
      firstName: 'Ann',
      lastName: 'Lee',
      customFields: [{ id: 'cfPlan', value: 'gold' }],
    })
    await soon(() => expect(there(phone)).toMatchObject({ first: 'Ann', last: 'Lee' }))
    expect(there(phone)?.custom).toEqual({ [heymarketIds.customField.plan]: 'GOLD' })
    await soon(async () =>
      expect(await newestEntry()).toMatchObject({ action: 'create', target: 'provider', state: 'done' }),
    )

    const contact = inCrm(phone)
    if (!contact) throw new Error('gone')
    contact.firstName = 'Anna'
    contact.dateUpdated = new Date(world.clock.now()).toISOString()
    await tellOf('ContactUpdate', contact)
    // The names that did not change survive a PUT, which empties what it does not carry.
    await soon(() => expect(there(phone)).toMatchObject({ first: 'Anna', last: 'Lee' }))
    await soon(async () =>
      expect(await newestEntry()).toMatchObject({
        action: 'update',
        origin: 'crm_change',
        fields: [{ field: 'firstName', writtenTo: 'provider', reason: 'changed' }],
      }),
    )

    const writes = createWriteCounter(world.sandbox, world.heymarket)
    writes.restart()
    await tellOf('ContactUpdate', contact)
    await poll()
    await madeInCrm({ phone: '+14155550102', firstName: 'Marker' })
    await soon(() => expect(there('+14155550102')).toBeDefined())
    expect(writes.counted()).toEqual({ crm: 0, heymarket: 1 })
  })

  it('When a contact is new in Heymarket, then the CRM has it with the chosen tag, and a change there follows', async () => {
    const phone = '+14155550111'
    const made = world.heymarket.addContact({ phone, first: 'Noor', last: 'Aziz', email: 'Noor@Example.com' })
    await poll()
    await soon(() =>
      expect(inCrm(phone)).toMatchObject({
        firstName: 'Noor',
        lastName: 'Aziz',
        email: 'noor@example.com',
        tags: ['from heymarket'],
      }),
    )
    world.clock.advance(5 * 60_000)
    await world.sandbox.settle()
    world.heymarket.changeContact(made.id, { first: 'Noora' })
    await poll()
    await soon(() => expect(inCrm(phone)?.firstName).toBe('Noora'))
  })

  it('When a new contact of Heymarket is in the CRM already, then it is joined and tagged, not made twice', async () => {
    const phone = '+14155550121'
    addCrmContact(world.sandbox, { phone, firstName: 'Sam' })
    world.heymarket.addContact({ phone, last: 'Ito' })
    await poll()
    await soon(() =>
      expect(inCrm(phone)).toMatchObject({ firstName: 'Sam', lastName: 'Ito', tags: ['from heymarket'] }),
    )
    await soon(() => expect(there(phone)).toMatchObject({ first: 'Sam', last: 'Ito' }))
    expect(world.sandbox.state.contacts.filter((contact) => contact.phone === phone)).toHaveLength(1)
  })

  it('When a contact has more than 5 tags, then the order decides which travel, and the log names the others', async () => {
    const phone = '+14155550131'
    await madeInCrm({ phone, firstName: 'Tia', tags: ['a', 'b', 'c', 'd', 'e', 'f', 'vip'] })
    await soon(() => expect(there(phone)?.tags).toHaveLength(5))
    const nameOf = new Map(world.heymarket.state.tags.map(({ id, tag }) => [id, tag]))
    expect(there(phone)?.tags.map(({ tag_id: id }) => nameOf.get(id))).toEqual(['a', 'b', 'c', 'd', 'vip'])
    await soon(async () =>
      expect((await newestEntry())?.fields).toEqual(
        expect.arrayContaining([
          { field: 'tag:e', writtenTo: null, reason: 'no_room' },
          { field: 'tag:f', writtenTo: null, reason: 'no_room' },
        ]),
      ),
    )
  })

  it('When a linked contact is deleted in the CRM, then Heymarket keeps it, and it is not made anew', async () => {
    const phone = '+14155550141'
    await madeInCrm({ phone, firstName: 'Del' })
    await soon(async () => expect(there(phone)).toBeDefined())
    await soon(async () => expect(await newestEntry()).toMatchObject({ action: 'create', state: 'done' }))
    const contact = inCrm(phone)
    if (!contact) throw new Error('gone')
    world.sandbox.state.contacts = world.sandbox.state.contacts.filter(({ id }) => id !== contact.id)
    await tellOf('ContactDelete', contact)
    await soon(async () => expect(await newestEntry()).toMatchObject({ action: 'skip', reason: 'deleted' }))
    world.heymarket.changeContact(there(phone)?.id ?? 0, { first: 'Still here' })
    await poll()
    await madeInCrm({ phone: '+14155550142', firstName: 'Marker' })
    await soon(() => expect(there('+14155550142')).toBeDefined())
    expect(inCrm(phone)).toBeUndefined()
    expect(there(phone)).toMatchObject({ first: 'Still here' })
  })

  it('When a second contact has the phone of a linked one, then it is proposed, and a person leaves it alone', async () => {
    const phone = '+14155550151'
    const first = await madeInCrm({ phone, firstName: 'Kim' })
    await soon(() => expect(there(phone)).toBeDefined())
    await soon(async () =>
      expect(await newestEntry()).toMatchObject({ action: 'create', crmContactId: first }),
    )
    const twin = await madeInCrm({ phone, firstName: 'Kimberly' })
    const proposed = await soon(async () => {
      const { duplicates } = (await admin.get('/sync')).body as SyncAnswer
      const found = duplicates.find(({ crmContactIds }) => crmContactIds.includes(twin))
      if (!found) throw new Error('not yet')
      return found
    })
    expect(proposed).toMatchObject({ reason: 'already_linked' })
    expect(there(phone)).toMatchObject({ first: 'Kim' })
    const foreign = { decision: 'link', crmContactId: twin, providerContactId: '1' }
    expect((await admin.post(`/sync/duplicates/${proposed.id}`).send(foreign)).status).toBe(404)
    const taken = { decision: 'link', crmContactId: twin, providerContactId: proposed.providerContactIds[0] }
    expect((await admin.post(`/sync/duplicates/${proposed.id}`).send(taken)).status).toBe(409)
    const apart = await admin.post(`/sync/duplicates/${proposed.id}`).send({ decision: 'apart' })
    expect((apart.body as SyncAnswer).duplicates.map(({ id }) => id)).not.toContain(proposed.id)
    // The pair that was linked before goes on.
    const kim = world.sandbox.state.contacts.find(({ id }) => id === first)
    if (!kim) throw new Error('gone')
    Object.assign(kim, { firstName: 'Kimmy', dateUpdated: new Date(world.clock.now()).toISOString() })
    await tellOf('ContactUpdate', kim)
    await soon(() => expect(there(phone)).toMatchObject({ first: 'Kimmy', display_name: 'Kimmy' }))
  })

  it('When a note is made, then it is a private comment where there is a conversation, and only once', async () => {
    const phone = '+14155550161'
    const contactId = await madeInCrm({ phone, firstName: 'Nia' })
    await soon(async () =>
      expect(await newestEntry()).toMatchObject({ action: 'create', crmContactId: contactId }),
    )
    world.heymarket.receive(phone, 'Is anybody there today?')
    const note = {
      id: 'noteSync0000000001',
      contactId,
      body: '<p>Wants a call &amp; a quote</p>',
      userId: null,
      dateAdded: new Date(world.clock.now()).toISOString(),
    }
    world.sandbox.state.notes.push(note)
    const tell = (dateAdded: string) =>
      world.sandbox.sendWebhook({ type: 'NoteCreate', locationId: location.main, ...note, dateAdded })
    await tell(note.dateAdded)
    const comments = () => world.heymarket.state.messages.filter(({ isPrivate }) => isPrivate)
    await soon(() => expect(comments()).toMatchObject([{ text: 'Wants a call & a quote' }]))
    await tell(new Date(world.clock.now() + 1_000).toISOString())
    await madeInCrm({ phone: '+14155550162', firstName: 'Marker' })
    await soon(() => expect(there('+14155550162')).toBeDefined())
    expect(comments()).toHaveLength(1)
  })
})

describe('what an admin sees and sets', () => {
  it('When a mapping is previewed, then it says what would be written where, and writes nothing', async () => {
    const { id } = addCrmContact(world.sandbox, {
      phone: '+14155550171',
      firstName: 'Pia',
      customFields: [{ id: 'cfBorn', value: '03/04/1990' }],
    })
    world.heymarket.addContact({ phone: '+14155550171', first: 'Pia', last: 'Vance' })
    const born = {
      crmField: 'custom:cfBorn',
      providerField: `custom:${heymarketIds.customField.plan}`,
      transforms: ['date'],
      direction: 'both',
      rule: 'newest',
    }
    const mappings = [...settings.mappings.slice(0, 2), born]
    const answer = await admin.post('/sync/preview').send({ crmContactId: id, mappings })
    expect(answer.body).toMatchObject({
      isMatched: true,
      rows: [
        { crmField: 'firstName', writtenTo: null },
        { crmField: 'lastName', writtenTo: 'crm', result: 'Vance' },
        { crmField: 'custom:cfBorn', isUnreadable: true, writtenTo: null },
      ],
    })
    expect(inCrm('+14155550171')?.lastName).toBe('')
  })

  it.each([
    [{ providerField: 'nickname' }, /no field "nickname"/],
    [{ crmField: 'companyName' }, /can only be read/],
    [{ crmField: 'fullName', providerField: 'displayName' }, /Two rows write/],
  ])('When a mapping is %o, then it is refused and says why', async (change, message) => {
    const [row] = settings.mappings
    const mappings = [
      ...settings.mappings.slice(0, 1),
      { ...row, crmField: 'source', providerField: 'displayName', ...change },
    ]
    const answer = await admin.put('/sync/settings').send({ ...settings, mappings })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({
      error: { code: 'validation', message: expect.stringMatching(message) },
    })
  })

  it('When somebody who is no admin asks, then nothing is told or done', async () => {
    const rep = await world.as()
    for (const asked of [
      rep.get('/sync'),
      rep.get('/sync/log'),
      rep.post('/sync/runs').send({ kind: 'dry' }),
    ]) {
      expect((await asked).status).toBe(403)
    }
  })

  it('When it is switched off, then a change in the CRM stays there', async () => {
    await admin.put('/sync/settings').send({ ...settings, enabled: false })
    await madeInCrm({ phone: '+14155550181', firstName: 'Off' })
    const waiting = sql`select id from webhook_events where processed_at is null`
    await soon(async () => expect((await world.database.db.execute(waiting)).rows).toEqual([]))
    await admin.put('/sync/settings').send(settings)
    await madeInCrm({ phone: '+14155550182', firstName: 'On' })
    await soon(() => expect(there('+14155550182')).toBeDefined())
    expect(there('+14155550181')).toBeUndefined()
  })

  it('When the app leaves the location, then nothing is kept of the people in its links', async () => {
    const kept = async () => {
      const tables = ['sync_links', 'sync_settings', 'sync_runs', 'sync_log', 'sync_snapshots']
      const counts = sql.raw(
        tables.map((table) => `select count(*)::int as rows from ${table}`).join(' union all '),
      )
      return (await world.database.db.execute(counts)).rows.map(({ rows }) => rows)
    }
    expect((await kept())[0]).toBeGreaterThan(0)
    world.sandbox.uninstall({ locationId: location.main })
    await world.sandbox.settle()
    await vi.waitFor(async () => {
      await world.sendJob('prune-ledgers', {})
      expect(await kept()).toEqual([0, 0, 0, 0, 0])
    }, 20_000)
  })
})
