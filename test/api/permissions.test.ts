import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, user } = seedIds
const base = `/contacts/${contact.maya}`
const dueDate = '2026-11-30T09:00:00Z'

let world: World
beforeAll(async () => {
  world = await startWorld()
  await world.installed()
})
afterAll(() => world.close())

/** The rep, once the CRM allows them this and no more; what is known of a user is asked anew after some minutes. */
async function repWith(changes: Partial<World['sandbox']['state']['users'][number]['permissions']>) {
  const rep = world.sandbox.state.users.find(({ id }) => id === user.rep)
  if (!rep) throw new Error('no rep')
  const all = {
    contactsEnabled: true,
    conversationsEnabled: true,
    tagsEnabled: true,
    assignedDataOnly: false,
  }
  rep.permissions = { ...all, ...changes }
  world.clock.advance(10 * 60_000)
  return world.as(user.rep)
}
type Rep = Awaited<ReturnType<typeof repWith>>

const text = (rep: Rep) =>
  rep.post(`${base}/messages`).set('Idempotency-Key', randomUUID()).send({ message: 'May I?' })
const sentCount = () => world.sandbox.state.messages.filter(({ body }) => body === 'May I?').length

describe('what the CRM lets a user do', () => {
  it('When a user may not see contacts, then nothing shows them or changes them', async () => {
    const rep = await repWith({ contactsEnabled: false })
    const answers = await Promise.all([
      rep.get('/contacts'),
      rep.get('/conversations'),
      rep.get(base),
      rep.get(`${base}/timeline`),
      rep.post(`${base}/notes`).send({ body: 'No' }),
      text(rep),
    ])
    expect(answers.map(({ status, body }) => [status, body.error?.code])).toEqual(
      answers.map(() => [403, 'forbidden']),
    )
    expect(sentCount()).toBe(0)
  })

  it('When a user may not see conversations, then they see contacts and notes, and send no text', async () => {
    const rep = await repWith({ conversationsEnabled: false })
    expect((await text(rep)).body).toMatchObject({ error: { code: 'forbidden' } })
    expect(sentCount()).toBe(0)
    const { conversations } = (await rep.get('/conversations')).body
    expect(conversations.length).toBeGreaterThan(0)
    for (const { lastMessageBody } of conversations) expect(lastMessageBody).toBeNull()
    await rep.post(`${base}/notes`).send({ body: 'Notes are seen' })
    const { items } = (await rep.get(`${base}/timeline`)).body
    expect(items.map(({ kind }: { kind: string }) => kind)).toContain('note')
    expect(items.map(({ kind }: { kind: string }) => kind)).not.toContain('message')
  })

  it('When such a user wraps up with a text, then the text is refused and the rest is done', async () => {
    const rep = await repWith({ conversationsEnabled: false, tagsEnabled: false })
    const answer = await rep
      .post(`${base}/wrap-up`)
      .set('Idempotency-Key', randomUUID())
      .send({ message: { message: 'May I?' }, addTags: ['hot'], task: { title: 'Call', dueDate } })
    expect(answer.body.parts).toMatchObject({
      message: { ok: false, error: { code: 'forbidden' } },
      tags: { ok: false, error: { code: 'forbidden' } },
      task: { ok: true },
    })
    expect(sentCount()).toBe(0)
  })

  it('When a user may not change tags, then they stay as they are', async () => {
    const rep = await repWith({ tagsEnabled: false })
    const { tags } = (await rep.get(base)).body.contact
    expect((await rep.post(`${base}/tags`).send({ tags: ['hot'] })).status).toBe(403)
    expect((await rep.delete(`${base}/tags`).send({ tags })).status).toBe(403)
    expect((await rep.get(base)).body.contact.tags).toEqual(tags)
  })

  it('When a user sees assigned data only, then a follow-up or note of a colleague is not found by its id', async () => {
    const rep = await repWith({})
    const task = (await rep.post(`${base}/tasks`).send({ title: 'Hers', dueDate })).body.task
    const note = (await rep.post(`${base}/notes`).send({ body: 'Hers' })).body.note
    const own = world.sandbox.state.contacts.find(({ assignedTo }) => assignedTo === user.restricted)
    const restricted = await world.as(user.restricted)
    const before = world.sandbox.calls.length
    const answers = [
      await restricted.put(`/contacts/${own?.id}/tasks/${task.id}`).send({ title: 'Mine', dueDate }),
      await restricted.put(`/contacts/${own?.id}/tasks/${task.id}/completed`).send({ completed: true }),
      await restricted.delete(`/contacts/${own?.id}/tasks/${task.id}`),
      await restricted.put(`/contacts/${own?.id}/notes/${note.id}`).send({ body: 'Mine' }),
      await restricted.delete(`/contacts/${own?.id}/notes/${note.id}`),
    ]
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    // The webhook of the new follow-up has its contact looked for, by a POST.
    const changes = world.sandbox.calls
      .slice(before)
      .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/tasks/search'))
    expect(changes).toEqual([])
  })
})
