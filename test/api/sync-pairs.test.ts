import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SyncAnswer, SyncDuplicate, SyncLogAnswer } from '../../shared/sync-contract.ts'
import { addCrmContact } from '../support/sync-stage.ts'
import { startSyncWorld, type SyncWorld } from '../support/sync-world.ts'

let stage: SyncWorld
beforeAll(async () => {
  stage = await startSyncWorld()
})
afterAll(() => stage.close())
beforeEach(() => stage.restart())

async function proposalOf(crmContactId: string): Promise<SyncDuplicate> {
  const { duplicates } = await stage.overview()
  const found = duplicates.find(({ crmContactIds }) => crmContactIds.includes(crmContactId))
  if (!found) throw new Error('nothing is proposed')
  return found
}

describe('who is whose counterpart', () => {
  it('When a linked contact is deleted in the CRM, then Heymarket keeps it, and it is not made anew', async () => {
    const phone = '+14155550141'
    await stage.madeInCrm({ phone, firstName: 'Del' })
    await stage.soon(async () => expect(stage.there(phone)).toBeDefined())
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({ action: 'create', state: 'done' }),
    )
    const contact = stage.inCrm(phone)
    if (!contact) throw new Error('gone')
    stage.sandbox.state.contacts = stage.sandbox.state.contacts.filter(({ id }) => id !== contact.id)
    await stage.tellOf('ContactDelete', contact)
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({ action: 'skip', reason: 'deleted' }),
    )
    stage.heymarket.changeContact(stage.there(phone)?.id ?? 0, { first: 'Still here' })
    await stage.poll()
    await stage.madeInCrm({ phone: '+14155550142', firstName: 'Marker' })
    await stage.soon(() => expect(stage.there('+14155550142')).toBeDefined())
    expect(stage.inCrm(phone)).toBeUndefined()
    expect(stage.there(phone)).toMatchObject({ first: 'Still here' })
  })

  it('When a second contact has the phone of a linked one, then it is proposed, and a person leaves it alone', async () => {
    const phone = '+14155550151'
    const { id: first } = await stage.madeInCrm({ phone, firstName: 'Kim' })
    await stage.soon(() => expect(stage.there(phone)).toBeDefined())
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({ action: 'create', crmContactId: first }),
    )
    const { id: twin } = await stage.madeInCrm({ phone, firstName: 'Kimberly' })
    const proposed = await stage.soon(() => proposalOf(twin))
    expect(proposed).toMatchObject({ reason: 'already_linked' })
    expect(stage.there(phone)).toMatchObject({ first: 'Kim' })
    const foreign = { decision: 'link', crmContactId: twin, providerContactId: '1' }
    expect((await stage.admin.post(`/sync/duplicates/${proposed.id}`).send(foreign)).status).toBe(404)
    const taken = { decision: 'link', crmContactId: twin, providerContactId: proposed.providerContactIds[0] }
    expect((await stage.admin.post(`/sync/duplicates/${proposed.id}`).send(taken)).status).toBe(409)
    const apart = await stage.admin.post(`/sync/duplicates/${proposed.id}`).send({ decision: 'apart' })
    expect((apart.body as SyncAnswer).duplicates.map(({ id }) => id)).not.toContain(proposed.id)
    // The pair that was linked before goes on.
    const kim = stage.sandbox.state.contacts.find(({ id }) => id === first)
    if (!kim) throw new Error('gone')
    Object.assign(kim, { firstName: 'Kimmy', dateUpdated: new Date(stage.clock.now()).toISOString() })
    await stage.tellOf('ContactUpdate', kim)
    await stage.soon(() =>
      expect(stage.there(phone)).toMatchObject({ first: 'Kimmy', display_name: 'Kimmy' }),
    )
  })

  it('When a deleted contact is made again in the CRM, then a person can say that it is the same one', async () => {
    const phone = '+14155550241'
    const before = await stage.madeInCrm({ phone, firstName: 'Back' })
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({ crmContactId: before.id, state: 'done' }),
    )
    stage.sandbox.state.contacts = stage.sandbox.state.contacts.filter(({ id }) => id !== before.id)
    await stage.tellOf('ContactDelete', before)
    stage.clock.advance(60_000)
    const dateUpdated = new Date(stage.clock.now()).toISOString()
    const anew = await stage.madeInCrm({ phone, firstName: 'Back again', dateUpdated })
    const proposed = await stage.soon(() => proposalOf(anew.id))
    const [providerContactId] = proposed.providerContactIds
    const decision = { decision: 'link', crmContactId: anew.id, providerContactId }
    expect((await stage.admin.post(`/sync/duplicates/${proposed.id}`).send(decision)).status).toBe(200)
    await stage.soon(() => expect(stage.there(phone)?.first).toBe('Back again'))
    await stage.changedInCrm(anew, { firstName: 'Back for good' })
    await stage.soon(() => expect(stage.there(phone)?.first).toBe('Back for good'))
  })

  it('When two contacts of the CRM have the phone of a new one over there, then they are proposed, not joined', async () => {
    const phone = '+14155550251'
    const one = addCrmContact(stage.sandbox, { phone, firstName: 'Kim' })
    const other = addCrmContact(stage.sandbox, { phone, firstName: 'Kimberly' })
    stage.heymarket.addContact({ phone, first: 'K' })
    await stage.poll()
    const proposed = await stage.soon(() => proposalOf(one.id))
    expect(proposed).toMatchObject({ reason: 'same_phone', crmContactIds: [one.id, other.id] })
    expect([one.firstName, other.firstName, stage.there(phone)?.first]).toEqual(['Kim', 'Kimberly', 'K'])
  })

  it('When a contact of the CRM has a twin there, then a new one over there is not joined to whichever changes first', async () => {
    const phone = '+14155550261'
    const one = addCrmContact(stage.sandbox, { phone, firstName: 'Lou' })
    const other = addCrmContact(stage.sandbox, { phone, firstName: 'Louise' })
    stage.heymarket.addContact({ phone, first: 'L' })
    await stage.changedInCrm(other, { lastName: 'Gray' })
    expect(await stage.soon(() => proposalOf(other.id))).toMatchObject({ crmContactIds: [one.id, other.id] })
    expect(stage.there(phone)).toMatchObject({ first: 'L', last: '' })
  })

  it('When hundreds of contacts share a phone, then they are one proposal, and the run ends', async () => {
    const phone = '+14155550271'
    const twins = Array.from({ length: 300 }, () =>
      addCrmContact(stage.sandbox, { id: randomBytes(10).toString('hex'), phone, firstName: 'Front desk' }),
    )
    stage.heymarket.addContact({ phone, first: 'Front desk' })
    expect(await stage.run('dry')).toMatchObject({ state: 'done', problem: null })
    const [twin] = twins
    expect((await proposalOf(twin?.id ?? '')).crmContactIds).toHaveLength(300)
    stage.sandbox.state.contacts = stage.sandbox.state.contacts.filter((contact) => contact.phone !== phone)
  })

  it('When a contact cannot be known again over there, then it is left alone, said, and never made twice', async () => {
    const odd = addCrmContact(stage.sandbox, { phone: '12', firstName: 'Odd' })
    const mute = stage.heymarket.addContact({ phone: '', first: 'Mute' })
    // An answer is lost: whoever is made without a phone or e-mail cannot be found again.
    stage.sandbox.faults.add({ method: 'POST', path: '/contacts', loseAnswer: true })
    const run = await stage.run()
    expect(run).toMatchObject({ state: 'done', counts: { failed: 0 } })
    const { body } = await stage.admin.get(`/sync/log?runId=${run.id}&only=skip`)
    const told = (body as SyncLogAnswer).entries.map(({ crmContactId, providerContactId, reason }) => [
      crmContactId ?? providerContactId,
      reason,
    ])
    expect(told).toContainEqual([odd.id, 'no_phone'])
    expect(told).toContainEqual([String(mute.id), 'no_address'])
    expect(stage.sandbox.state.contacts.filter(({ firstName }) => firstName === 'Mute')).toEqual([])
  })
})
