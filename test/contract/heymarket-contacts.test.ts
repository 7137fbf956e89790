import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { type HeymarketStage, startHeymarketStage } from './heymarket-stage.ts'

let stage: HeymarketStage
const phone = '+15105553344'
const { tag, customField } = heymarketIds
const crmId = String(customField.crmId)
const plan = String(customField.plan)

beforeEach(async () => {
  stage = await startHeymarketStage()
})
afterEach(() => stage.heymarket.close())

function jordan() {
  return stage.heymarket.addContact({
    phone,
    first: 'Jordan',
    last: 'Rivera',
    display_name: 'Jordan Rivera',
    email: 'j@example.com',
    custom: { [plan]: 'gold' },
    tags: [{ tag_id: tag.lead }],
    note: [{ id: 1, date: '2026-04-12T15:30:00Z', name: 'Ada', text: 'Likes mornings', user_id: 7 }],
  })
}

test('When a contact without a phone is to be changed, then nothing is asked that Heymarket would refuse', async () => {
  const { id } = stage.heymarket.addContact({ phone: '', first: 'Mute' })
  await expect(stage.contacts.update(id, { first: 'Loud' })).rejects.toMatchObject({ code: 'no_phone' })
  expect(stage.heymarket.calls.filter(({ method }) => method === 'PUT')).toEqual([])
})

describe('reading', () => {
  test('When a contact is read, then its phone has a `+`, tags are ids and notes are there', async () => {
    const { id } = jordan()
    expect(await stage.contacts.get(id)).toMatchObject({
      id,
      phone,
      displayName: 'Jordan Rivera',
      custom: { [plan]: 'gold' },
      tagIds: [tag.lead],
      notes: [{ id: 1, text: 'Likes mornings' }],
    })
  })

  test('When it is looked for by phone, then it is found, or null', async () => {
    const { id } = jordan()
    expect(await stage.contacts.findByPhone(phone)).toMatchObject({ id })
    expect(await stage.contacts.findByPhone('+15105550000')).toBeNull()
  })

  test('When there are 70, then pages of 30 lead through all, the newest change first', async () => {
    for (let count = 0; count < 70; count += 1) {
      stage.heymarket.addContact({ phone: `+1510555${1000 + count}` })
    }
    const ids = new Set<number>()
    let updatedBefore: string | null = null
    do {
      const page = await stage.contacts.list(updatedBefore === null ? {} : { updatedBefore })
      for (const { id } of page.contacts) ids.add(id)
      updatedBefore = page.nextUpdatedBefore
    } while (updatedBefore !== null)
    expect(ids.size).toBe(70)
    expect([...ids]).toEqual([...ids].toSorted((a, b) => b - a))
  })
})

describe('writing', () => {
  test('When a contact is made, then custom fields go by id and tags as `tag_id`', async () => {
    const id = await stage.contacts.create({
      phone,
      first: 'Jo',
      custom: { [crmId]: 'abc' },
      tagIds: [tag.customer],
    })
    expect(stage.heymarket.state.contacts.get(id)).toMatchObject({
      phone: '15105553344',
      custom: { [crmId]: 'abc' },
      tags: [{ tag_id: tag.customer }],
    })
  })

  test('When one field is changed, then names, e-mail, tags and other custom fields stay', async () => {
    const { id } = jordan()
    await stage.contacts.update(id, { custom: { [crmId]: 'abc' } })
    expect(stage.heymarket.state.contacts.get(id)).toMatchObject({
      first: 'Jordan',
      last: 'Rivera',
      display_name: 'Jordan Rivera',
      email: 'j@example.com',
      custom: { [plan]: 'gold', [crmId]: 'abc' },
      tags: [{ tag_id: tag.lead }],
    })
  })

  test('When a name changes, then the shown name that was made of it follows, and another does not', async () => {
    const { id } = jordan()
    await stage.contacts.update(id, { first: 'Jo' })
    expect(stage.heymarket.state.contacts.get(id)).toMatchObject({ display_name: 'Jo Rivera' })
    stage.heymarket.changeContact(id, { display_name: 'JR' })
    await stage.contacts.update(id, { first: 'Joan' })
    expect(stage.heymarket.state.contacts.get(id)).toMatchObject({ first: 'Joan', display_name: 'JR' })
  })

  test('When names are left out of a PUT, then Heymarket empties them: that is why they are read before', async () => {
    const { id } = jordan()
    const body = { phone: '15105553344', email: 'new@example.com' }
    await stage.http.exchange({ method: 'PUT', path: `/v1/contact/${id}`, query: { overwrite: false }, body })
    expect(stage.heymarket.state.contacts.get(id)).toMatchObject({
      first: '',
      last: '',
      display_name: '',
      tags: [],
    })
  })

  test('When a custom field goes by its title, then Heymarket drops it in silence, so it is refused here', async () => {
    const { id } = jordan()
    const body = { phone: '15105553344', custom: { Plan: 'silver' } }
    const answer = await stage.http.exchange({ method: 'PUT', path: `/v1/contact/${id}`, body })
    expect(answer.status).toBe(200)
    expect(stage.heymarket.state.contacts.get(id)?.custom).toEqual({ [plan]: 'gold' })
    await expect(stage.contacts.update(id, { custom: { Plan: 'silver' } })).rejects.toMatchObject({
      code: 'validation',
    })
  })

  test('When there are more than 5 tags, then it is refused here as there', async () => {
    const { id } = jordan()
    for (let count = 0; count < 4; count += 1) await stage.contacts.createTag(`tag ${count}`)
    const tagIds = stage.heymarket.state.tags.map((one) => one.id)
    expect(tagIds).toHaveLength(6)
    await stage.contacts.update(id, { tagIds: tagIds.slice(1) })
    await expect(stage.contacts.update(id, { tagIds })).rejects.toMatchObject({ code: 'validation' })
    const tags = tagIds.map((tag_id) => ({ tag_id }))
    const body = { phone: '15105553344', tags }
    expect(await stage.http.exchange({ method: 'PUT', path: `/v1/contact/${id}`, body })).toMatchObject({
      status: 400,
    })
  })

  test('When the answer to a write is lost, then nobody claims that it failed', async () => {
    stage.heymarket.faults.add({ method: 'POST', path: '/v1/contact', loseAnswer: true })
    await expect(stage.contacts.create({ phone })).rejects.toMatchObject({ code: 'outcome_unknown' })
    expect(await stage.contacts.findByPhone(phone)).not.toBeNull()
  })

  test('When more than 500 calls are made in a minute, then it says when to go on', async () => {
    stage.heymarket.behaviour.callsPerMinute = 2
    await stage.contacts.tags()
    await stage.contacts.customFields()
    await expect(stage.contacts.tags()).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 60_000 })
    stage.clock.advance(60_000)
    expect(await stage.contacts.tags()).not.toEqual([])
  })
})

describe('tags, fields and comments', () => {
  test('When tags and fields are asked for, then they come with their ids', async () => {
    expect(await stage.contacts.tags()).toEqual(
      expect.arrayContaining([
        { id: tag.lead, name: 'lead' },
        { id: tag.customer, name: 'customer' },
      ]),
    )
    expect(await stage.contacts.customFields()).toEqual([
      { id: customField.crmId, title: 'CRM id' },
      { id: customField.plan, title: 'Plan' },
    ])
  })

  test('When there are more tags than a page, then all are read', async () => {
    for (let count = 0; count < 40; count += 1) await stage.contacts.createTag(`tag ${count}`)
    expect(await stage.contacts.tags()).toHaveLength(42)
  })

  test.each([403, 404])(
    'When %i comes to a new tag, then it is null: tags are made by hand there',
    async (status) => {
      stage.heymarket.faults.add({ path: '/v1/tag', status })
      expect(await stage.contacts.createTag('vip')).toBeNull()
    },
  )

  test('When a conversation exists, then a comment goes into it and to no phone', async () => {
    stage.heymarket.receive(phone, 'Hello there, anybody?')
    const inboxId = heymarketIds.inbox.support
    const chatId = await stage.contacts.findChat({ phone, inboxId })
    if (chatId === null) throw new Error('no conversation')
    await stage.contacts.addComment({ chatId, text: 'Called, no answer', localId: 'note-1' })
    expect(stage.heymarket.state.messages.at(-1)).toMatchObject({ isPrivate: true, local_id: 'note-1' })
    expect(stage.heymarket.sentTexts()).toEqual([])
  })

  test('When there is no conversation yet, then null', async () => {
    expect(await stage.contacts.findChat({ phone, inboxId: heymarketIds.inbox.support })).toBeNull()
  })
})
