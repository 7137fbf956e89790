import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, user } = seedIds
const dueDate = '2026-11-18T09:00:00-05:00'

describe('tags, follow-ups and notes', () => {
  let world: World
  let rep: Awaited<ReturnType<World['as']>>

  beforeAll(async () => {
    world = await startWorld()
    await world.installed()
    rep = await world.as()
  })
  afterAll(() => world.close())

  const base = `/contacts/${contact.maya}`

  it('When tags are added and removed, then the answer is all the contact has', async () => {
    const added = await rep.post(`${base}/tags`).send({ tags: ['  Second Call ', 'SECOND CALL', 'VIP'] })
    expect([added.status, [...added.body.tags].sort()]).toEqual([200, ['newsletter', 'second call', 'vip']])
    const removed = await rep.delete(`${base}/tags`).send({ tags: ['Second Call'] })
    expect([removed.status, [...removed.body.tags].sort()]).toEqual([200, ['newsletter', 'vip']])
  })

  it.each([[{}], [{ tags: [] }], [{ tags: [' '] }], [{ tags: 'vip' }], [{ tags: [7] }]])(
    'When tags come as %j, then they are refused',
    async (body) => {
      const answer = await rep.post(`${base}/tags`).send(body)
      expect([answer.status, answer.body.error.code]).toEqual([400, 'validation'])
    },
  )

  it.each([[{}], [{ tagsAdded: ['new'] }], [{ tags: null }], ['']])(
    'When the platform answers a change of tags with %j, then the contact is read for its tags',
    async (body) => {
      const { tags } = (await rep.get(base)).body.contact
      world.sandbox.faults.add({ path: '/contacts/:contactId/tags', status: 201, body, times: 2 })
      const added = await rep.post(`${base}/tags`).send({ tags: ['new'] })
      expect([added.status, added.body]).toEqual([200, { tags }])
      const removed = await rep.delete(`${base}/tags`).send({ tags: ['new'] })
      expect([removed.status, removed.body]).toEqual([200, { tags }])
    },
  )

  it.each([
    ['soon', null],
    [1_800_000_000_000, '2027-01-15T08:00:00.000Z'],
    [9e15, null],
    [{}, null],
  ])(
    'When the due date in an answer is %j, then the follow-up was made all the same',
    async (given, shown) => {
      const task = { id: 'tskOdd00000000000001', title: 7, dueDate: given, completed: 'no' }
      world.sandbox.faults.add({
        method: 'POST',
        path: '/contacts/:contactId/tasks',
        status: 201,
        body: { task },
      })
      const answer = await rep.post(`${base}/tasks`).send({ title: 'Odd', dueDate })
      expect(answer.status).toBe(201)
      expect(answer.body.task).toMatchObject({ id: task.id, title: '', dueDate: shown, completed: false })
    },
  )

  it('When the date in an answer cannot be read, then the note was made all the same', async () => {
    const note = { id: 'notOdd00000000000001', body: 'Odd', dateAdded: 'once' }
    world.sandbox.faults.add({
      method: 'POST',
      path: '/contacts/:contactId/notes',
      status: 201,
      body: { note },
    })
    const answer = await rep.post(`${base}/notes`).send({ body: 'Odd' })
    expect([answer.status, answer.body.note.id]).toEqual([201, note.id])
    expect(Date.parse(answer.body.note.at)).not.toBeNaN()
  })

  it('When a follow-up is made, changed, completed and deleted, then the platform follows each step', async () => {
    const created = await rep
      .post(`${base}/tasks`)
      .send({ title: 'Call about the offer', dueDate, assignedTo: user.rep })
    expect(created.status).toBe(201)
    const { id } = created.body.task
    expect(created.body.task).toEqual({
      id,
      contactId: contact.maya,
      title: 'Call about the offer',
      body: '',
      dueDate: '2026-11-18T14:00:00.000Z',
      assignedTo: user.rep,
      completed: false,
    })

    const changed = await rep.put(`${base}/tasks/${id}`).send({
      title: 'Call again',
      body: 'Ask for the date',
      dueDate,
      assignedTo: user.admin,
      completed: false,
    })
    expect(changed.body.task).toMatchObject({
      title: 'Call again',
      body: 'Ask for the date',
      assignedTo: user.admin,
    })

    const completed = await rep.put(`${base}/tasks/${id}/completed`).send({ completed: true })
    expect(completed.body.task.completed).toBe(true)

    const listed = await rep.get(`${base}/tasks`)
    expect(listed.body.tasks).toContainEqual(completed.body.task)

    expect((await rep.delete(`${base}/tasks/${id}`)).status).toBe(204)
    expect(world.sandbox.state.tasks.some((task) => task.id === id)).toBe(false)
    expect((await rep.delete(`${base}/tasks/${id}`)).status).toBe(404)
  })

  it('When a follow-up of another contact is changed through this one, then it is not found', async () => {
    const { body } = await rep.post(`/contacts/${contact.jonas}/tasks`).send({ title: 'Of Jonas', dueDate })
    const answer = await rep.put(`${base}/tasks/${body.task.id}/completed`).send({ completed: true })
    expect(answer.status).toBe(404)
  })

  it.each([
    [{ dueDate }],
    [{ title: '', dueDate }],
    [{ title: 'No date' }],
    [{ title: 'Local date', dueDate: '2026-11-18T09:00:00' }],
    [{ title: 'Nonsense', dueDate: 'tomorrow' }],
    [{ title: 'Bad assignee', dueDate, assignedTo: 'not an id' }],
    [{ title: 'x'.repeat(501), dueDate }],
  ])('When a follow-up comes as %j, then it is refused', async (body) => {
    const answer = await rep.post(`${base}/tasks`).send(body)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'validation'])
  })

  it('When the assignee is not of the location, then it is refused as such and not as missing', async () => {
    const answer = await rep
      .post(`${base}/tasks`)
      .send({ title: 'Elsewhere', dueDate, assignedTo: user.kolkataAdmin })
    expect([answer.status, answer.body.error.code]).toEqual([422, 'rejected'])
  })

  it('When a note is made, changed and deleted, then the platform follows and the author stays', async () => {
    const created = await rep.post(`${base}/notes`).send({ body: 'Prefers mornings.' })
    expect([created.status, created.body.note.userId]).toEqual([201, user.rep])
    const { id } = created.body.note

    const changed = await rep.put(`${base}/notes/${id}`).send({ body: 'Prefers evenings.' })
    expect(changed.body.note).toMatchObject({ id, body: 'Prefers evenings.', userId: user.rep })

    const listed = await rep.get(`${base}/notes`)
    const times = listed.body.notes.map(({ at }: { at: string }) => at)
    expect(listed.body.notes).toContainEqual(changed.body.note)
    expect(times).toEqual([...times].sort().toReversed())

    expect((await rep.delete(`${base}/notes/${id}`)).status).toBe(204)
    expect((await rep.put(`${base}/notes/${id}`).send({ body: 'Gone.' })).status).toBe(404)
  })
})
