import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, user } = seedIds

/** Within a minute of its last read, a contact that may be texted is not read again before a text. */
describe('texting a contact that was just read', () => {
  let world: World
  let rep: Awaited<ReturnType<World['as']>>

  beforeAll(async () => {
    world = await startWorld()
    await world.installed()
    world.sandbox.webhooks.hold()
    rep = await world.as()
  })
  afterAll(() => world.close())
  /** What was read in an earlier test is old. */
  beforeEach(() => world.clock.advance(70_000))

  const stateOf = (id: string) => world.sandbox.state.contacts.find((one) => one.id === id)!
  const block = (id: string) => Object.assign(stateOf(id), { dndSettings: { SMS: { status: 'active' } } })
  const unblock = (id: string) => Object.assign(stateOf(id), { dndSettings: {} })

  /** What is asked of the platform meanwhile, without the ids. */
  async function callsOf(run: () => Promise<unknown>): Promise<string[]> {
    const before = world.sandbox.calls.length
    await run()
    return world.sandbox.calls
      .slice(before)
      .map(({ method, path }) => `${method} ${path.replace(/(?<=\/contacts\/)[^/]+/, ':id')}`)
  }

  function send(contactId: string, message: string, { as = rep, key = randomUUID() as string } = {}) {
    return as.post(`/contacts/${contactId}/messages`).set('Idempotency-Key', key).send({ message })
  }

  it('When it may be texted, then the text is the only call', async () => {
    await rep.get(`/contacts/${contact.maya}`)
    expect(await callsOf(() => send(contact.maya, 'Right away.'))).toEqual(['POST /conversations/messages'])
  })

  it('When a wrap-up follows, then it reads nothing again either', async () => {
    await rep.get(`/contacts/${contact.maya}`)
    const wrapUp = () =>
      rep
        .post(`/contacts/${contact.maya}/wrap-up`)
        .set('Idempotency-Key', randomUUID())
        .send({ message: { message: 'Done for today.' }, note: { body: 'Called, all is well.' } })
    const made = await callsOf(wrapUp)
    expect(made.toSorted()).toEqual(['POST /contacts/:id/notes', 'POST /conversations/messages'])
  })

  it('When the read is a minute old, then it is read anew', async () => {
    await rep.get(`/contacts/${contact.maya}`)
    world.clock.advance(60_001)
    const made = await callsOf(() => send(contact.maya, 'A minute later.'))
    expect(made).toEqual(['GET /contacts/:id', 'POST /conversations/messages'])
  })

  it('When it went on do-not-disturb since, then the CRM refuses, and the same key may send once that is lifted', async () => {
    await rep.get(`/contacts/${contact.maya}`)
    block(contact.maya)
    const key = randomUUID()
    const refused = await send(contact.maya, 'After a stop.', { key })
    unblock(contact.maya)
    const sent = await send(contact.maya, 'After a stop.', { key })

    expect([refused.status, refused.body.error.code]).toEqual([422, 'dnd_active'])
    expect(sent.status).toBe(201)
    expect(world.sandbox.state.messages.filter(({ body }) => body === 'After a stop.')).toHaveLength(1)
  })

  it('When its do-not-disturb was lifted since, then the text goes', async () => {
    block(contact.maya)
    await rep.get(`/contacts/${contact.maya}`)
    unblock(contact.maya)
    expect((await send(contact.maya, 'Welcome back.')).status).toBe(201)
  })

  it('When a restricted user texts, then the contact is read once', async () => {
    const restricted = await world.as(user.restricted)
    const made = await callsOf(() => send(contact.assigned, 'Read only once.', { as: restricted }))
    expect(made).toEqual(['GET /contacts/:id', 'POST /conversations/messages'])
  })

  it('When the CRM refused a text, then the next one reads the contact first', async () => {
    await rep.get(`/contacts/${contact.maya}`)
    block(contact.maya)
    await send(contact.maya, 'Refused by the CRM.')
    const made = await callsOf(() => send(contact.maya, 'Refused here.'))
    unblock(contact.maya)
    expect(made).toEqual(['GET /contacts/:id'])
  })

  it('When it is known to be gone, then a wrap-up says so and tries nothing', async () => {
    const { contacts } = world.sandbox.state
    const gone = stateOf(contact.jonas)
    await rep.get(`/contacts/${gone.id}`)
    contacts.splice(contacts.indexOf(gone), 1)
    await rep.get(`/contacts/${gone.id}`)
    const wrapUp = rep
      .post(`/contacts/${gone.id}/wrap-up`)
      .set('Idempotency-Key', randomUUID())
      .send({ addTags: ['too late'] })
    const made = await callsOf(async () => expect((await wrapUp).status).toBe(404))
    contacts.push(gone)
    expect(made).toEqual(['GET /contacts/:id'])
  })

  it('When it was given to a colleague since, then a restricted user may not text it', async () => {
    const restricted = await world.as(user.restricted)
    await restricted.get(`/contacts/${contact.assigned}`)
    Object.assign(stateOf(contact.assigned), { assignedTo: user.rep })
    const refused = await send(contact.assigned, 'No longer mine.', { as: restricted })
    Object.assign(stateOf(contact.assigned), { assignedTo: user.restricted })

    expect([refused.status, refused.body.error.code]).toEqual([403, 'forbidden'])
    expect(world.sandbox.state.messages.some(({ body }) => body === 'No longer mine.')).toBe(false)
  })
})
