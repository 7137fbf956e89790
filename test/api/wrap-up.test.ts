import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { dueDate, startWrapUpStage, type WrapUpStage } from '../support/wrap-up-stage.ts'
import type { World } from '../support/world.ts'

const { contact, user } = seedIds

let stage: WrapUpStage
let world: World

beforeAll(async () => {
  stage = await startWrapUpStage()
  world = stage.world
})
afterAll(() => world.close())
beforeEach(() => world.sandbox.faults.clear())

describe('wrap-up', () => {
  it('When all parts are given, then all happen once and each says so', async () => {
    const answer = await stage.wrapUp(contact.maya, stage.all('one'))

    expect(answer.status).toBe(200)
    expect(answer.body.parts).toMatchObject({
      message: { ok: true, result: { body: 'Text of one', status: 'pending' } },
      tags: { ok: true, result: { tags: expect.arrayContaining(['tag of one', 'vip']) } },
      task: { ok: true, result: { title: 'Task of one', dueDate, assignedTo: user.rep, completed: false } },
      note: { ok: true, result: { body: 'Note of one', userId: user.rep } },
    })
    expect(stage.counts('one')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When only some parts are given, then only they are answered', async () => {
    const answer = await stage.wrapUp(contact.maya, { note: { body: 'Note of some' } })
    expect(Object.keys(answer.body.parts)).toEqual(['note'])
  })

  it('When the contact is on do-not-disturb, then only the message part fails', async () => {
    const answer = await stage.wrapUp(contact.dndSms, stage.all('dnd'))
    expect(answer.body.parts).toMatchObject({
      message: { ok: false, error: { code: 'dnd_active' } },
      tags: { ok: true },
      task: { ok: true },
      note: { ok: true },
    })
    expect(stage.counts('dnd')).toEqual({ texts: 0, tags: 1, tasks: 1, notes: 1 })
  })

  it('When texts hold what no store can keep, then they arrive without it, once', async () => {
    const key = randomUUID()
    const body = {
      note: { body: 'Note of half\u0000 \ud83d' },
      task: { title: 'Task of half\u0000 \ud83d', dueDate },
    }
    const first = await stage.wrapUp(contact.maya, body, key)
    const again = await stage.wrapUp(contact.maya, body, key)

    expect(first.body.parts).toMatchObject({ note: { ok: true }, task: { ok: true } })
    expect(again.body).toEqual(first.body)
    expect(stage.counts('half \ufffd')).toMatchObject({ notes: 1, tasks: 1 })
  })

  it('When a wrap-up is remembered, then none of its texts is', async () => {
    await stage.wrapUp(contact.maya, stage.all('memory'))
    const { rows } = await world.database.pool.query('select parts::text from wrap_ups')
    expect(JSON.stringify(rows)).not.toMatch(/(Text|Task|Note) of memory/)
  })

  it('When tags are added and removed together, then both happen', async () => {
    const answer = await stage.wrapUp(contact.jonas, { addTags: ['Closed'], removeTags: ['Hot Lead'] })
    expect(answer.body.parts.tags.result.tags).toContain('closed')
    expect(answer.body.parts.tags.result.tags).not.toContain('hot lead')
  })

  it('When tags were added and cannot be shown afterwards, then nobody is told that they were refused', async () => {
    const { faults } = world.sandbox
    faults.add({ method: 'POST', path: '/contacts/:contactId/tags', malformed: true })
    const wasChanged = () => stage.counts('unshown').tags === 1
    faults.add({ method: 'GET', path: '/contacts/:contactId', status: 422, when: wasChanged })
    const answer = await stage.wrapUp(contact.maya, { addTags: ['Tag of unshown'] })
    expect(answer.body.parts.tags).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } })
    expect(stage.counts('unshown').tags).toBe(1)
  })

  it.each([
    ['no part', {}],
    ['an empty text', { message: { message: ' ' } }],
    ['no tags in the list', { addTags: [] }],
    ['a follow-up without due date', { task: { title: 'Call' } }],
    ['a due date without offset', { task: { title: 'Call', dueDate: '2026-11-18' } }],
    ['an empty note', { note: { body: '' } }],
  ])('When the request has %s, then it is refused and nothing happens', async (_name, body) => {
    const before = world.sandbox.calls.length
    const answer = await stage.wrapUp(contact.maya, body)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'validation'])
    expect(world.sandbox.calls.slice(before).filter(({ method }) => method !== 'GET')).toEqual([])
  })

  it('When a restricted user wraps up a colleague’s contact, then it is forbidden', async () => {
    const restricted = await world.as(user.restricted)
    const answer = await restricted
      .post(`/contacts/${contact.maya}/wrap-up`)
      .set('Idempotency-Key', randomUUID())
      .send(stage.all('foreign'))
    expect([answer.status, answer.body.error.code]).toEqual([403, 'forbidden'])
    expect(stage.counts('foreign')).toEqual({ texts: 0, tags: 0, tasks: 0, notes: 0 })
  })
})
