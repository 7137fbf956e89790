import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { addCrmContact, createWriteCounter } from '../support/sync-stage.ts'
import { startSyncWorld, syncSettings, type SyncWorld } from '../support/sync-world.ts'

let stage: SyncWorld
beforeAll(async () => {
  stage = await startSyncWorld()
})
afterAll(() => stage.close())
beforeEach(() => stage.restart())

describe('changes that travel by themselves', () => {
  it('When a contact is made and changed in the CRM, then Heymarket follows, and our own echoes write nothing', async () => {
    const phone = '+14155550101'
    await stage.madeInCrm({
      phone,
      firstName: 'Ann',
      lastName: 'Lee',
      customFields: [{ id: 'cfPlan', value: 'gold' }],
    })
    await stage.soon(() => expect(stage.there(phone)).toMatchObject({ first: 'Ann', last: 'Lee' }))
    expect(stage.there(phone)?.custom).toEqual({ [heymarketIds.customField.plan]: 'GOLD' })
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({
        action: 'create',
        target: 'provider',
        state: 'done',
      }),
    )

    const contact = stage.inCrm(phone)
    if (!contact) throw new Error('gone')
    contact.firstName = 'Anna'
    contact.dateUpdated = new Date(stage.clock.now()).toISOString()
    await stage.tellOf('ContactUpdate', contact)
    // The names that did not change survive a PUT, which empties what it does not carry.
    await stage.soon(() => expect(stage.there(phone)).toMatchObject({ first: 'Anna', last: 'Lee' }))
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({
        action: 'update',
        origin: 'crm_change',
        fields: [{ field: 'firstName', writtenTo: 'provider', reason: 'changed' }],
      }),
    )

    const writes = createWriteCounter(stage.sandbox, stage.heymarket)
    writes.restart()
    await stage.tellOf('ContactUpdate', contact)
    await stage.poll()
    await stage.madeInCrm({ phone: '+14155550102', firstName: 'Marker' })
    await stage.soon(() => expect(stage.there('+14155550102')).toBeDefined())
    expect(writes.counted()).toEqual({ crm: 0, heymarket: 1 })
  })

  it('When a contact is new in Heymarket, then the CRM has it with the chosen tag, and a change there follows', async () => {
    const phone = '+14155550111'
    const made = stage.heymarket.addContact({ phone, first: 'Noor', last: 'Aziz', email: 'Noor@Example.com' })
    await stage.poll()
    await stage.soon(() =>
      expect(stage.inCrm(phone)).toMatchObject({
        firstName: 'Noor',
        lastName: 'Aziz',
        email: 'noor@example.com',
        tags: ['from heymarket'],
      }),
    )
    stage.clock.advance(5 * 60_000)
    await stage.sandbox.settle()
    stage.heymarket.changeContact(made.id, { first: 'Noora' })
    await stage.poll()
    await stage.soon(() => expect(stage.inCrm(phone)?.firstName).toBe('Noora'))
  })

  it('When a new contact of Heymarket is in the CRM already, then it is joined, not made twice, and not tagged as one taken over', async () => {
    const phone = '+14155550121'
    const { id } = addCrmContact(stage.sandbox, { phone, firstName: 'Sam' })
    stage.heymarket.addContact({ phone, last: 'Ito' })
    await stage.poll()
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({ action: 'update', crmContactId: id, state: 'done' }),
    )
    expect(stage.inCrm(phone)).toMatchObject({ firstName: 'Sam', lastName: 'Ito', tags: [] })
    expect(stage.there(phone)).toMatchObject({ first: 'Sam', last: 'Ito' })
    expect(stage.sandbox.state.contacts.filter((contact) => contact.phone === phone)).toHaveLength(1)
  })

  it('When it is switched off, then a change in the CRM stays there', async () => {
    await stage.admin.put('/sync/settings').send({ ...syncSettings, enabled: false })
    await stage.madeInCrm({ phone: '+14155550181', firstName: 'Off' })
    const waiting = sql`select id from webhook_events where processed_at is null`
    await stage.soon(async () => expect((await stage.database.db.execute(waiting)).rows).toEqual([]))
    await stage.admin.put('/sync/settings').send(syncSettings)
    await stage.madeInCrm({ phone: '+14155550182', firstName: 'On' })
    await stage.soon(() => expect(stage.there('+14155550182')).toBeDefined())
    expect(stage.there('+14155550181')).toBeUndefined()
  })

  it('When a person changes a contact while we write to it, then that change travels as well', async () => {
    const phone = '+14155550191'
    const contact = await stage.madeInCrm({ phone, firstName: 'Uma', lastName: 'Ray' })
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({ crmContactId: contact.id, state: 'done' }),
    )
    const slow = stage.sandbox.faults.add({ method: 'PUT', path: '/contacts/:contactId', delayMs: 400 })
    stage.heymarket.changeContact(stage.there(phone)?.id ?? 0, { last: 'Reyes' })
    await stage.poll()
    await stage.soon(() => expect(slow.hits()).toBe(1))
    await stage.changedInCrm(contact, { firstName: 'Umay' })
    await stage.soon(() => expect(stage.there(phone)).toMatchObject({ first: 'Umay', last: 'Reyes' }))
    expect(stage.inCrm(phone)).toMatchObject({ firstName: 'Umay', lastName: 'Reyes' })
  })

  it('When a value holds what no database takes, then it travels without that, and a whole run ends', async () => {
    const [fromCrm, fromHeymarket] = ['+14155550201', '+14155550202']
    await stage.madeInCrm({ phone: fromCrm, firstName: 'Nu\u0000ll', tags: ['ta\u0000g'] })
    stage.heymarket.addContact({ phone: fromHeymarket, first: 'Half\ud83d', last: 'O\u0000' })
    expect(await stage.run()).toMatchObject({ state: 'done', counts: { failed: 0 } })
    expect(stage.there(fromCrm)?.first).toBe('Null')
    expect(stage.inCrm(fromHeymarket)).toMatchObject({ firstName: 'Half\ufffd', lastName: 'O' })
  })

  it('When one contact over there claims to be of the future, then the changes of others are still seen', async () => {
    const odd = stage.heymarket.addContact({ phone: '+14155550211', first: 'Tomorrow' })
    odd.updated = '2099-01-01T00:00:00.000000Z'
    await stage.poll()
    await stage.soon(() => expect(stage.inCrm('+14155550211')).toBeDefined())
    stage.clock.advance(5 * 60_000)
    stage.heymarket.addContact({ phone: '+14155550212', first: 'Today' })
    await stage.poll()
    await stage.soon(() => expect(stage.inCrm('+14155550212')?.firstName).toBe('Today'))
  })
})
