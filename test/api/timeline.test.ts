import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type ApiClient, everyPage } from '../support/every-page.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, user, location } = seedIds

describe('conversations and timeline', () => {
  let world: World
  let rep: ApiClient
  let restricted: ApiClient

  beforeAll(async () => {
    world = await startWorld({
      seed: 'full',
      behaviour: { rateLimit: { max: 1000, intervalMs: 10_000, perDay: 200_000 } },
    })
    await world.installed()
    rep = await world.as()
    restricted = await world.as(user.restricted)
  })
  afterAll(() => world.close())
  beforeEach(() => world.sandbox.faults.clear())

  it('When recent conversations are paged, then each comes once, latest first', async () => {
    const listed = await everyPage(rep, '/conversations?limit=20', 'conversations')
    const times = listed.map(({ lastMessageAt }) => String(lastMessageAt))
    expect(times).toEqual([...times].sort().toReversed())
    const expected = world.sandbox.state.conversations.filter(
      ({ locationId }) => locationId === location.main,
    )
    expect(listed.map(({ contactId }) => contactId).sort()).toEqual(
      expected.map(({ contactId }) => contactId).sort(),
    )
  })

  it('When a restricted user asks for recent conversations, then only their own contacts are there', async () => {
    const listed = await everyPage(restricted, '/conversations?limit=10', 'conversations')
    const own = world.sandbox.state.contacts.filter(({ assignedTo }) => assignedTo === user.restricted)
    expect(listed.map(({ contactId }) => contactId).sort()).toEqual(own.map(({ id }) => id).sort())
  })

  it('When the timeline is paged, then messages and notes come once each, newest first', async () => {
    const items: { kind: string; id: string; at: string }[] = []
    let cursor: string | null = ''
    do {
      const more: string = cursor ? `&cursor=${cursor}` : ''
      const answer = await rep.get(`/contacts/${contact.jonas}/timeline?limit=25${more}`)
      items.push(...answer.body.items)
      cursor = answer.body.nextCursor
    } while (cursor !== null)

    const { messages, notes } = world.sandbox.state
    const expected = [
      ...messages.filter(({ contactId }) => contactId === contact.jonas).map(({ id }) => `message ${id}`),
      ...notes.filter(({ contactId }) => contactId === contact.jonas).map(({ id }) => `note ${id}`),
    ]
    expect(items.map(({ kind, id }) => `${kind} ${id}`).sort()).toEqual(expected.sort())
    expect(items.map(({ at }) => at)).toEqual(
      items
        .map(({ at }) => at)
        .sort()
        .toReversed(),
    )
  })

  it('When a contact was never texted, then the timeline is empty and ends', async () => {
    const answer = await rep.get(`/contacts/${contact.fresh}/timeline`)
    expect(answer.body).toEqual({ items: [], nextCursor: null })
  })

  it('When the messages come in the published shape, then the timeline reads them as well', async () => {
    world.sandbox.behaviour.messagesShape = 'flat'
    const answer = await rep.get(`/contacts/${contact.maya}/timeline`)
    world.sandbox.behaviour.messagesShape = 'nested'
    expect(answer.body.items.length).toBeGreaterThan(0)
  })

  it('When a cursor of another contact’s conversation is used, then nothing of it shows', async () => {
    const page = await rep.get(`/contacts/${contact.jonas}/timeline?limit=5`)
    const answer = await rep.get(`/contacts/${contact.maya}/timeline?cursor=${page.body.nextCursor}`)
    const shown: { kind: string }[] = answer.body.items
    expect(shown.filter(({ kind }) => kind === 'message')).toEqual([])
  })

  const messagesPath = '/conversations/:conversationId/messages'
  const messagePage = (...messages: object[]) => ({
    messages: { messages, nextPage: true, lastMessageId: 'last' },
  })

  it('When fields of messages and notes cannot be read, then the timeline shows what can', async () => {
    const odd = { status: 5, source: {}, attachments: [{}], messageType: null, userId: 1, direction: 'up' }
    const messages = messagePage(
      { id: 'm1', dateAdded: 1_800_000_000_000, body: 'epoch', ...odd },
      { id: 'm2', dateAdded: 'never', body: 7 },
      { id: 'm3', body: 'no date' },
    )
    const notes = [
      { id: 'n1', body: 'note', dateAdded: 1_800_000_000_001 },
      { id: 'n2', dateAdded: {} },
    ]
    world.sandbox.faults.add({ path: messagesPath, status: 200, body: messages })
    world.sandbox.faults.add({
      method: 'GET',
      path: '/contacts/:contactId/notes',
      status: 200,
      body: { notes },
    })
    const answer = await rep.get(`/contacts/${contact.jonas}/timeline`)
    expect(answer.status).toBe(200)
    const shown = answer.body.items.map(({ id, at }: { id: string; at: string }) => [id, at])
    expect(shown).toEqual([
      ['n1', '2027-01-15T08:00:00.001Z'],
      ['m1', '2027-01-15T08:00:00.000Z'],
      ['m2', '1970-01-01T00:00:00.000Z'],
      ['m3', '1970-01-01T00:00:00.000Z'],
    ])
    expect(answer.body.items[1]).toMatchObject({ status: 'unknown', attachmentCount: 1, userId: null })
  })

  it('When messages do not say whose they are, then those of the contact’s own conversation show', async () => {
    const { messages, conversations } = world.sandbox.state
    const page = await rep.get(`/contacts/${contact.jonas}/timeline?limit=5`)
    const conversation = conversations.find(({ contactId }) => contactId === contact.jonas)
    const body = messagePage(
      ...messages
        .filter(({ conversationId }) => conversationId === conversation?.id)
        .slice(0, 2)
        .map(({ id, dateAdded }) => ({ id, dateAdded })),
    )
    const messageCount = async (path: string) => {
      world.sandbox.faults.add({ path: messagesPath, status: 200, body })
      const shown: { kind: string }[] = (await rep.get(path)).body.items
      return shown.filter(({ kind }) => kind === 'message').length
    }
    const { nextCursor } = page.body
    expect(await messageCount(`/contacts/${contact.jonas}/timeline`)).toBe(2)
    expect(await messageCount(`/contacts/${contact.jonas}/timeline?cursor=${nextCursor}`)).toBe(2)
    expect(await messageCount(`/contacts/${contact.maya}/timeline?cursor=${nextCursor}`)).toBe(0)
  })
})
