import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { addCrmContact, createWriteCounter } from '../support/sync-stage.ts'
import { startSyncWorld, type SyncWorld } from '../support/sync-world.ts'

const { location } = seedIds

let stage: SyncWorld
beforeAll(async () => {
  stage = await startSyncWorld()
})
afterAll(() => stage.close())
beforeEach(() => stage.restart())

describe('tags and notes that travel', () => {
  it('When a contact has more than 5 tags, then the order decides which travel, and the log names the others', async () => {
    const phone = '+14155550131'
    await stage.madeInCrm({ phone, firstName: 'Tia', tags: ['a', 'b', 'c', 'd', 'e', 'f', 'vip'] })
    await stage.soon(() => expect(stage.there(phone)?.tags).toHaveLength(5))
    const nameOf = new Map(stage.heymarket.state.tags.map(({ id, tag }) => [id, tag]))
    expect(stage.there(phone)?.tags.map(({ tag_id: id }) => nameOf.get(id))).toEqual([
      'a',
      'b',
      'c',
      'd',
      'vip',
    ])
    await stage.soon(async () =>
      expect((await stage.newestEntry())?.fields).toEqual(
        expect.arrayContaining([
          { field: 'tag:e', writtenTo: null, reason: 'no_room' },
          { field: 'tag:f', writtenTo: null, reason: 'no_room' },
        ]),
      ),
    )
  })

  it('When tags are synced from a later day on, then no side loses those that it has', async () => {
    const phone = '+14155550231'
    const { state } = stage.heymarket
    const id = state.nextId()
    const at = new Date(stage.clock.now()).toISOString()
    state.tags.push({ id, tag: 'regular', color: '', team_id: 1, created: at, updated: at, rev: 1 })
    stage.heymarket.addContact({ phone, first: 'Rae', tags: [{ tag_id: id }] })
    addCrmContact(stage.sandbox, { phone, firstName: 'Rae', tags: ['lead'] })
    await stage.saved({ syncTags: false })
    await stage.run()
    await stage.saved({ syncTags: true })
    await stage.run()
    expect(stage.inCrm(phone)?.tags.toSorted()).toEqual(['lead', 'regular'])
    expect(stage.there(phone)?.tags).toHaveLength(2)
  })

  it('When a person tags a contact while we write its tags, then both tags are there, on both sides', async () => {
    const phone = '+14155550233'
    const contact = await stage.madeInCrm({ phone, firstName: 'Ola', tags: ['lead'] })
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({ crmContactId: contact.id, state: 'done' }),
    )
    const { state } = stage.heymarket
    const id = state.nextId()
    const at = new Date(stage.clock.now()).toISOString()
    state.tags.push({ id, tag: 'walk-in', color: '', team_id: 1, created: at, updated: at, rev: 1 })
    const there = stage.there(phone)
    const path = /^\/contacts\/[^/]+(?:\/tags)?$/
    const slow = stage.sandbox.faults.add({ path, when: ({ method }) => method !== 'GET', delayMs: 400 })
    stage.heymarket.changeContact(there?.id ?? 0, { tags: [...(there?.tags ?? []), { tag_id: id }] })
    await stage.poll()
    await stage.soon(() => expect(slow.hits()).toBe(1))
    await stage.changedInCrm(contact, { tags: [...contact.tags, 'vip'] })
    await stage.soon(() => expect(stage.there(phone)?.tags).toHaveLength(3))
    expect(stage.inCrm(phone)?.tags.toSorted()).toEqual(['lead', 'vip', 'walk-in'])
  })

  it('When the account does not open its tags, then contacts are synced all the same, and their tags stay as they are', async () => {
    const phone = '+14155550232'
    const { state } = stage.heymarket
    const [first, second] = [state.nextId(), state.nextId()]
    const tags = [{ tag_id: first }, { tag_id: second }]
    const at = new Date(stage.clock.now()).toISOString()
    for (const id of [first, second]) {
      state.tags.push({ id, tag: `t${id}`, color: '', team_id: 1, created: at, updated: at, rev: 1 })
    }
    stage.heymarket.faults.add({ method: 'POST', path: '/v1/tags', status: 403, times: 1_000 })
    stage.heymarket.addContact({ phone, last: 'Closed', tags })
    addCrmContact(stage.sandbox, { phone, firstName: 'Cleo', tags: ['lead'] })
    expect(await stage.run()).toMatchObject({ state: 'done', counts: { failed: 0 } })
    expect(stage.there(phone)).toMatchObject({ first: 'Cleo', last: 'Closed', tags })
    expect(stage.inCrm(phone)).toMatchObject({ lastName: 'Closed', tags: ['lead'] })
  })

  /** A contact of the CRM whose tags are over there as well. */
  async function tagged(phone: string, tags: string[]) {
    const contact = await stage.madeInCrm({ phone, firstName: 'Ivo', tags })
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({ crmContactId: contact.id, state: 'done' }),
    )
    return contact
  }
  const closeTags = (status: number) =>
    stage.heymarket.faults.add({ method: 'POST', path: '/v1/tags', status, times: 1_000 })
  const namesThere = (phone: string) => {
    const nameOf = new Map(stage.heymarket.state.tags.map(({ id, tag }) => [id, tag]))
    return (stage.there(phone)?.tags ?? []).map(({ tag_id: id }) => nameOf.get(id)).toSorted()
  }

  it.each([403, 404, 400])(
    'When the account opens its tags no more (%i), then no contact loses any, and nothing is written when it does again',
    async (status) => {
      const phone = `+14155551${status}`
      await tagged(phone, ['kept', 'loyal'])
      await stage.run()
      const writes = createWriteCounter(stage.sandbox, stage.heymarket)
      writes.restart()
      const closed = closeTags(status)
      expect(await stage.run()).toMatchObject({ state: 'done', counts: { failed: 0, update: 0 } })
      expect(closed.hits()).toBeGreaterThan(0)
      expect(stage.inCrm(phone)?.tags.toSorted()).toEqual(['kept', 'loyal'])
      stage.heymarket.faults.clear()
      expect(await stage.run()).toMatchObject({ state: 'done', counts: { failed: 0, update: 0 } })
      expect(stage.inCrm(phone)?.tags.toSorted()).toEqual(['kept', 'loyal'])
      expect(namesThere(phone)).toEqual(['kept', 'loyal'])
      expect(writes.counted()).toEqual({ crm: 0, heymarket: 0 })
    },
  )

  it('When tags change on both sides while the account does not open them, then they travel once it does', async () => {
    const phone = '+14155550241'
    const contact = await tagged(phone, ['early', 'middle', 'old'])
    closeTags(403)
    await stage.changedInCrm(contact, { tags: ['middle', 'old', 'late'] })
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({ crmContactId: contact.id, origin: 'crm_change' }),
    )
    const there = stage.there(phone)
    const old = stage.heymarket.state.tags.find(({ tag }) => tag === 'old')
    stage.heymarket.changeContact(there?.id ?? 0, {
      tags: there?.tags.filter(({ tag_id: id }) => id !== old?.id) ?? [],
    })
    await stage.run()
    expect(stage.inCrm(phone)?.tags.toSorted()).toEqual(['late', 'middle', 'old'])
    expect(namesThere(phone)).toEqual(['early', 'middle'])
    stage.heymarket.faults.clear()
    await stage.run()
    expect(stage.inCrm(phone)?.tags.toSorted()).toEqual(['late', 'middle'])
    expect(namesThere(phone)).toEqual(['late', 'middle'])
  })

  it('When one tag of a contact is not in the list, then that one stays on both sides, and the others travel', async () => {
    const phone = '+14155550242'
    await tagged(phone, ['hidden', 'shown'])
    const { state } = stage.heymarket
    const hidden = state.tags.find(({ tag }) => tag === 'hidden')
    if (!hidden) throw new Error('no such tag')
    const fresh = { ...hidden, id: state.nextId(), tag: 'fresh' }
    state.tags.splice(state.tags.indexOf(hidden), 1, fresh)
    const there = stage.there(phone)
    stage.heymarket.changeContact(there?.id ?? 0, { tags: [...(there?.tags ?? []), { tag_id: fresh.id }] })
    expect(await stage.run()).toMatchObject({ state: 'done', counts: { failed: 0 } })
    expect(stage.inCrm(phone)?.tags.toSorted()).toEqual(['fresh', 'hidden', 'shown'])
    expect(stage.there(phone)?.tags).toHaveLength(3)
    state.tags.push(hidden)
    expect(await stage.run()).toMatchObject({ counts: { update: 0 } })
    expect(stage.inCrm(phone)?.tags.toSorted()).toEqual(['fresh', 'hidden', 'shown'])
    expect(namesThere(phone)).toEqual(['fresh', 'hidden', 'shown'])
  })

  it('When the credentials are refused for the tags, then the run ends and says so', async () => {
    const phone = '+14155550243'
    await tagged(phone, ['paid'])
    closeTags(401)
    expect(await stage.run()).toMatchObject({ state: 'failed', problem: 'rejected' })
    expect(stage.inCrm(phone)?.tags).toEqual(['paid'])
  })

  const comments = (text: string) =>
    stage.heymarket.state.messages.filter((message) => message.isPrivate && message.text === text)

  /** A contact in step, with a conversation over there, and a note about it that nobody has told of yet. */
  async function noted(phone: string, body: string) {
    const { id: contactId } = await stage.madeInCrm({ phone, firstName: 'Nia' })
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({ action: 'create', crmContactId: contactId }),
    )
    stage.heymarket.receive(phone, 'Is anybody there today?')
    const dateAdded = new Date(stage.clock.now()).toISOString()
    const note = { id: `note${phone.slice(1)}`, contactId, body, userId: null, dateAdded }
    stage.sandbox.state.notes.push(note)
    return (at = dateAdded) =>
      stage.sandbox.sendWebhook({ type: 'NoteCreate', locationId: location.main, ...note, dateAdded: at })
  }

  it('When a note is made, then it is a private comment where there is a conversation, and only once', async () => {
    const tell = await noted('+14155550161', '<p>Wants a call &amp; a quote</p>')
    await tell()
    await stage.soon(() => expect(comments('Wants a call & a quote')).toHaveLength(1))
    await tell(new Date(stage.clock.now() + 1_000).toISOString())
    await stage.afterMarker('+14155550162')
    expect(comments('Wants a call & a quote')).toHaveLength(1)
  })

  it('When a note is refused, then the log says so, and trying again carries the note itself', async () => {
    const tell = await noted('+14155550163', 'Likes mornings')
    stage.heymarket.faults.add({ method: 'POST', path: '/v1/message/send', status: 400 })
    await tell()
    const [failed] = await stage.soon(async () => {
      const entries = await stage.failedEntries()
      expect(entries).toMatchObject([{ reason: 'note', code: 'rejected' }])
      return entries
    })
    expect((await stage.admin.post(`/sync/log/${failed?.id}/replay`).send({})).status).toBe(200)
    await stage.soon(() => expect(comments('Likes mornings')).toHaveLength(1))
    await stage.soon(async () => expect(await stage.failedEntries()).toEqual([]))
  })

  it('When nobody knows whether a note was taken, then it is not carried twice, and the log says so', async () => {
    const tell = await noted('+14155550164', 'Moved house')
    stage.heymarket.faults.add({ method: 'POST', path: '/v1/message/send', loseAnswer: true })
    await tell()
    const [failed] = await stage.soon(async () => {
      const entries = await stage.failedEntries()
      expect(entries).toMatchObject([{ reason: 'note', code: 'outcome_unknown' }])
      return entries
    })
    expect((await stage.admin.post(`/sync/log/${failed?.id}/replay`).send({})).status).toBe(409)
    expect(comments('Moved house')).toHaveLength(1)
  })

  it('When a process died over a note, then the log says that nobody knows, and it is not carried twice', async () => {
    const tell = await noted('+14155550165', 'Has a dog')
    const at = new Date(stage.clock.now() - 10 * 60_000).toISOString()
    await stage.database.db.execute(
      sql`insert into sync_notes (location_id, note_id, started_at) values (${location.main}, 'note14155550165', ${at})`,
    )
    await tell()
    await stage.soon(async () =>
      expect(await stage.newestEntry()).toMatchObject({
        reason: 'note',
        state: 'failed',
        code: 'outcome_unknown',
      }),
    )
    expect(comments('Has a dog')).toEqual([])
  })
})
