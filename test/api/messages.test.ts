import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, user, location } = seedIds

describe('messages', () => {
  let world: World
  let rep: Awaited<ReturnType<World['as']>>

  beforeAll(async () => {
    world = await startWorld()
    await world.installed()
    // What the CRM tells afterwards settles a text of unknown outcome, which has tests of its own.
    world.sandbox.webhooks.hold()
    rep = await world.as()
  })
  afterAll(() => world.close())
  beforeEach(() => world.sandbox.faults.clear())

  const send = (contactId: string, message: string, key: string = randomUUID(), more: object = {}) =>
    rep
      .post(`/contacts/${contactId}/messages`)
      .set('Idempotency-Key', key)
      .send({ message, ...more })
  const textsOf = (body: string) => world.sandbox.state.messages.filter((message) => message.body === body)

  it('When a text is sent, then the platform has it once and the answer carries its id', async () => {
    const answer = await send(contact.maya, 'The plans are ready to sign.')

    expect(answer.status).toBe(201)
    const [sent] = textsOf('The plans are ready to sign.')
    expect(answer.body).toEqual({
      message: {
        id: sent?.id,
        contactId: contact.maya,
        body: 'The plans are ready to sign.',
        direction: 'outbound',
        status: 'pending',
        at: expect.any(String),
      },
    })
    expect(sent).toMatchObject({ contactId: contact.maya, locationId: location.main, direction: 'outbound' })
  })

  it('When the same key comes again, then it gives the first result and sends nothing', async () => {
    const key = randomUUID()
    const first = await send(contact.maya, 'Once and only once, please.', key)
    const again = await send(contact.maya, 'Once and only once, please.', key)

    expect(again.status).toBe(201)
    expect(again.body).toEqual(first.body)
    expect(textsOf('Once and only once, please.')).toHaveLength(1)
  })

  it('When ten requests with one key come at once, then one text goes out and all get its result', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', delayMs: 150, times: 1 })
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send(contact.maya, 'Ten clicks, one text.', key)),
    )

    expect(answers.map(({ status }) => status)).toEqual(Array<number>(10).fill(201))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(textsOf('Ten clicks, one text.')).toHaveLength(1)
  })

  it('When a key comes again with another text or contact, then it is a conflict and nothing is sent', async () => {
    const key = randomUUID()
    await send(contact.maya, 'The first text of this key.', key)
    const otherText = await send(contact.maya, 'Another text under that key.', key)
    const otherContact = await send(contact.jonas, 'The first text of this key.', key)

    expect([otherText.status, otherText.body.error.code]).toEqual([409, 'conflict'])
    expect([otherContact.status, otherContact.body.error.code]).toEqual([409, 'conflict'])
    expect(textsOf('Another text under that key.')).toHaveLength(0)
    expect(textsOf('The first text of this key.')).toHaveLength(1)
  })

  it.each([
    ['the answer is lost after the text was taken', { loseAnswer: true }, 1],
    ['the connection is reset', { reset: true }, 0],
    ['the platform fails', { status: 500 }, 0],
    ['a gateway gives up', { status: 504 }, 0],
    ['the answer is garbled', { malformed: true }, 1],
  ])('When %s, then the outcome is unknown and no repeat sends', async (name, fault, taken) => {
    const key = randomUUID()
    const message = `Unknown outcome: ${name}`
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', times: 1, ...fault })
    const first = await send(contact.maya, message, key)
    const again = await send(contact.maya, message, key)

    expect([first.status, first.body.error.code]).toEqual([504, 'outcome_unknown'])
    expect([again.status, again.body.error.code]).toEqual([504, 'outcome_unknown'])
    expect(textsOf(message)).toHaveLength(taken)
  })

  it('When the process died between sending and recording, then the repeat says unknown and sends nothing', async () => {
    const key = randomUUID()
    await send(contact.maya, 'Died in between.', key)
    await world.database.pool.query(
      `update message_sends set status = 'sending', result = null where idempotency_key = $1`,
      [key],
    )
    world.clock.advance(40_000)
    const again = await send(contact.maya, 'Died in between.', key)

    expect([again.status, again.body.error.code]).toEqual([504, 'outcome_unknown'])
    expect(textsOf('Died in between.')).toHaveLength(1)
  })

  it('When a text was refused before it left, then the same key may send it', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', times: 1, status: 422 })
    const refused = await send(contact.maya, 'Refused first, sent second.', key)
    const sent = await send(contact.maya, 'Refused first, sent second.', key)

    expect([refused.status, refused.body.error.code]).toEqual([422, 'rejected'])
    expect(sent.status).toBe(201)
    expect(textsOf('Refused first, sent second.')).toHaveLength(1)
  })

  it.each([
    ['is on do-not-disturb for SMS', contact.dndSms, 'dnd_active'],
    ['is on permanent do-not-disturb', contact.dndPermanent, 'dnd_active'],
    ['is on do-not-disturb for everything', contact.dndGlobal, 'dnd_active'],
    ['has no phone', contact.noPhone, 'no_phone'],
  ])('When the contact %s, then nothing is tried', async (_name, contactId, code) => {
    const before = world.sandbox.calls.length
    const answer = await send(contactId, 'Not to be sent at all.')

    expect([answer.status, answer.body.error.code]).toEqual([422, code])
    const made = world.sandbox.calls.slice(before).filter(({ path }) => path === '/conversations/messages')
    expect(made).toEqual([])
  })

  it('When the platform itself refuses for do-not-disturb, then that is what is said', async () => {
    const answer = await send(contact.unsubscribed, 'Refused by the carrier.')
    expect([answer.status, answer.body.error.code]).toEqual([422, 'dnd_active'])
  })

  it('When a time is given, then the text is scheduled for it', async () => {
    const scheduledAt = new Date(world.clock.now() + 3_600_000).toISOString()
    const answer = await send(contact.maya, 'See you in an hour.', randomUUID(), { scheduledAt })

    expect([answer.status, answer.body.message.status]).toEqual([201, 'scheduled'])
    expect(textsOf('See you in an hour.')[0]).toMatchObject({
      status: 'scheduled',
      scheduledTimestamp: Math.ceil(Date.parse(scheduledAt) / 1000),
    })
  })

  it.each([
    ['no text', {}],
    ['an empty text', { message: '' }],
    ['a text of blanks', { message: '  \n ' }],
    ['a text that is too long', { message: 'x'.repeat(1601) }],
    ['a text that is no text', { message: 7 }],
    ['a sender that is no number', { message: 'Hi', fromNumber: 'front desk' }],
    ['a time without an offset', { message: 'Hi', scheduledAt: '2027-01-01T10:00:00' }],
    ['a time that has passed', { message: 'Hi', scheduledAt: '2020-01-01T10:00:00Z' }],
  ])('When the request has %s, then it is refused by name', async (_name, body) => {
    const answer = await rep
      .post(`/contacts/${contact.maya}/messages`)
      .set('Idempotency-Key', randomUUID())
      .send(body)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'validation'])
    expect(answer.body.error.details[0].path).toMatch(/message|fromNumber|scheduledAt/)
  })

  it('When the key is missing or unusable, then the request is refused', async () => {
    const path = `/contacts/${contact.maya}/messages`
    const missing = await rep.post(path).send({ message: 'No key at all.' })
    const unusable = await rep
      .post(path)
      .set('Idempotency-Key', 'k'.repeat(201))
      .send({ message: 'No key at all.' })
    expect([missing.status, unusable.status]).toEqual([400, 400])
    expect(textsOf('No key at all.')).toHaveLength(0)
  })

  it('When a restricted user texts a colleague’s contact, then it is forbidden', async () => {
    const restricted = await world.as(user.restricted)
    const post = (contactId: string, message: string) =>
      restricted
        .post(`/contacts/${contactId}/messages`)
        .set('Idempotency-Key', randomUUID())
        .send({ message })
    const foreign = await post(contact.maya, 'Not mine to text.')
    const own = await post(contact.assigned, 'Mine to text, though.')

    expect([foreign.status, foreign.body.error.code]).toEqual([403, 'forbidden'])
    expect(own.status).toBe(201)
    expect(textsOf('Not mine to text.')).toHaveLength(0)
  })

  it('When the contact is of another location, then it is not found and no text leaves', async () => {
    const answer = await send(contact.foreign, 'Across the border.')
    expect([answer.status, answer.body.error.code]).toEqual([404, 'not_found'])
    expect(textsOf('Across the border.')).toHaveLength(0)
  })
})
