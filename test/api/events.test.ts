import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createEventRepository } from '../../server/events/event-repository.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type EventReader, openEvents } from '../support/event-reader.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location, user } = seedIds

let world: World
let token: string
const readers: EventReader[] = []
beforeAll(async () => {
  world = await startWorld()
  await world.installed()
  token = await world.signIn(user.rep, location.main)
})
afterEach(async () => {
  await Promise.all(readers.splice(0).map((reader) => reader.close()))
})
afterAll(() => world.close())

async function watch(bearer = token, lastEventId?: string): Promise<EventReader> {
  const reader = await openEvents(world.publicUrl, bearer, lastEventId)
  readers.push(reader)
  return reader
}
const tell = (type: string, fields: object) =>
  world.sandbox.sendWebhook({ type, locationId: location.main, ...fields })
/** Something that comes after all else that was told. */
async function lastWord(reader: EventReader): Promise<void> {
  const id = `end${randomUUID().slice(0, 8)}`
  await tell('ContactUpdate', { id })
  await reader.next(({ contactId }) => contactId === id)
}
const typesFor = (reader: EventReader, contactId: string) =>
  reader.events.flatMap(({ event }) => (event.contactId === contactId ? event.type : []))
const at = (minute: number) => new Date(world.clock.now() - 3_600_000 + minute * 60_000).toISOString()

describe('events', () => {
  it('When nobody is signed in, then there are none', async () => {
    expect((await world.api.get('/api/events')).status).toBe(401)
  })

  it('When a stream opens, then nothing on the way keeps it back, and it says how to come back', async () => {
    const reader = await watch()
    expect(reader.response.headers.get('content-type')).toMatch('text/event-stream')
    expect(reader.response.headers.get('cache-control')).toContain('no-store')
    expect(reader.response.headers.get('x-accel-buffering')).toBe('no')
    expect(reader.retries).toEqual([2_000])
  })

  it('When a text is sent and arrives, then the page hears of it and of each state, without its words', async () => {
    const reader = await watch()
    const rep = await world.as()
    const answer = await rep
      .post(`/contacts/${contact.maya}/messages`)
      .set('Idempotency-Key', randomUUID())
      .send({ message: 'Your table is booked for eight.' })
    const messageId: string = answer.body.message.id
    await world.sandbox.settle()
    await reader.next((event) => event.messageId === messageId && event.status === 'delivered')

    const heard = reader.events.filter(({ event }) => event.messageId === messageId)
    // Webhooks overtake each other: a state that comes after a later one is no news.
    const states = heard.map(({ event }) => event.status)
    const inOrder = ['pending', 'sent', 'delivered'] as const
    expect(states).toEqual(inOrder.filter((status) => states.includes(status)))
    expect(heard.map(({ event }) => event.type)).toEqual(
      states.map((_, place) => (place === 0 ? 'message' : 'message_status')),
    )
    expect(new Set(heard.map(({ event }) => event.contactId))).toEqual(new Set([contact.maya]))
    expect(JSON.stringify(heard)).not.toContain('booked')
    expect(heard[0]?.event.direction).toBe('outbound')
  })

  it('When contacts, tags, notes and tasks change, then each is told once by its kind', async () => {
    const reader = await watch()
    const id = `con${randomUUID().slice(0, 8)}`
    const child = { id: `obj${randomUUID().slice(0, 8)}`, contactId: id }
    await tell('ContactCreate', { id, timestamp: at(1) })
    await tell('ContactTagUpdate', { id, tags: ['vip'], timestamp: at(2) })
    await tell('ContactDndUpdate', { id, dnd: true, timestamp: at(3) })
    await tell('NoteCreate', { ...child, body: 'Prefers mornings', timestamp: at(4) })
    await tell('TaskComplete', { ...child, title: 'Call back', timestamp: at(5) })
    await tell('InboundMessage', {
      contactId: id,
      messageId: child.id,
      direction: 'inbound',
      body: 'Thank you so much!',
      status: 'delivered',
    })
    await tell('ContactDelete', { id, timestamp: at(6) })
    await expect
      .poll(() => typesFor(reader, id).sort(), { timeout: 8_000 })
      .toEqual(['contact', 'contact', 'contact', 'message', 'note', 'tags', 'task'])
  })

  it('When events overtake each other, then what is older is no news', async () => {
    const reader = await watch()
    const id = `con${randomUUID().slice(0, 8)}`
    await tell('ContactUpdate', { id, timestamp: at(9) })
    await reader.next(({ contactId }) => contactId === id)
    await tell('ContactUpdate', { id, timestamp: at(8) })
    const message = { contactId: id, messageId: `msg${id}`, direction: 'outbound', body: 'x' }
    await tell('OutboundMessage', { ...message, status: 'delivered', timestamp: at(9) })
    await reader.next(({ messageId }) => messageId === message.messageId)
    await tell('OutboundMessage', { ...message, status: 'pending', timestamp: at(10) })
    await tell('OutboundMessage', { ...message, status: 'failed', timestamp: at(11) })
    await lastWord(reader)
    await expect
      .poll(async () =>
        (await world.database.db.query.webhookEvents.findMany()).every(({ processedAt }) => processedAt),
      )
      .toBe(true)
    expect(typesFor(reader, id)).toEqual(['contact', 'message'])
  })

  it('When a new task does not say whose it is, then that is looked up', async () => {
    const reader = await watch()
    const rep = await world.as()
    await rep
      .post(`/contacts/${contact.jonas}/tasks`)
      .send({ title: 'Send the estimate', dueDate: new Date(world.clock.now() + 86_400_000).toISOString() })
    const { event } = await reader.next(({ type }) => type === 'task')
    expect(event.contactId).toBe(contact.jonas)
  })

  it('When the page comes back, then it hears what it missed, in order and once', async () => {
    const first = await watch()
    const id = `con${randomUUID().slice(0, 8)}`
    await tell('ContactUpdate', { id, timestamp: at(1) })
    const known = await first.next(({ contactId }) => contactId === id)
    await first.close()
    for (let minute = 2; minute < 12; minute += 1) {
      await tell('NoteCreate', { id: `note${minute}${id}`, contactId: id, timestamp: at(minute) })
    }
    const again = await watch(token, known.id)
    await expect.poll(() => typesFor(again, id), { timeout: 8_000 }).toEqual(Array(10).fill('note'))
    const ids = again.events.map(({ id: told }) => Number(told))
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other))
  })

  it.each(['999999999', 'tomorrow'])(
    'When the last id was %s, then all that is kept is told',
    async (lastId) => {
      const { oldest } = await createEventRepository({ db: world.database.db, now: world.clock.now }).bounds(
        location.main,
      )
      const reader = await watch(token, lastId)
      await expect.poll(() => reader.events[0]?.id, { timeout: 8_000 }).toBe(String(oldest))
    },
  )

  it('When the user sees assigned data only, then they hear of their own contacts alone', async () => {
    const reader = await watch(await world.signIn(user.restricted, location.main))
    await tell('NoteCreate', { id: `note${randomUUID().slice(0, 8)}`, contactId: contact.maya })
    await tell('NoteCreate', { id: `note${randomUUID().slice(0, 8)}`, contactId: contact.assigned })
    await reader.next(({ contactId }) => contactId === contact.assigned)
    expect(typesFor(reader, contact.maya)).toEqual([])
  })

  it('When another location has news, then this one does not hear it', async () => {
    await world.installed(user.admin, location.berlin)
    const reader = await watch()
    const id = `con${randomUUID().slice(0, 8)}`
    await world.sandbox.sendWebhook({ type: 'ContactUpdate', locationId: location.berlin, id })
    await lastWord(reader)
    expect(typesFor(reader, id)).toEqual([])
  })

  it('When one user opens more streams than they may, then the oldest ends and comes back late', async () => {
    const opened: EventReader[] = []
    for (let count = 0; count < 7; count += 1) opened.push(await watch())
    await opened[0]?.over
    expect(opened[0]?.retries).toEqual([2_000, 60_000])
    await Promise.all(opened.slice(1).map(lastWord))
  })

  it('When events are appended at once, then a reader misses none', async () => {
    const events = createEventRepository({ db: world.database.db, now: world.clock.now })
    const reader = await watch()
    const told = Array.from({ length: 60 }, (_, place) => `con${place}x${randomUUID().slice(0, 6)}`)
    const event = { type: 'contact', at: at(1) } as const
    await Promise.all(
      told.map((contactId) => events.append(location.main, { ...event, contactId }, contactId)),
    )
    await expect
      .poll(() => reader.events.filter(({ event: { contactId } }) => told.includes(contactId ?? '')).length)
      .toBe(told.length)
    const again = await events.append(location.main, { ...event, contactId: 'twice' }, told[0] ?? '')
    expect(again).toBe(false)
  })

  it('When the app is removed, then the page is told before its stream ends', async () => {
    const reader = await watch()
    await tell('UNINSTALL', { timestamp: new Date(world.clock.now() + 1000).toISOString() })
    await reader.over
    expect(reader.events.at(-1)?.event).toMatchObject({ type: 'installation', contactId: null })
  })
})
