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

describe('a wrap-up under a key that came before', () => {
  it('When the same key comes again, then nothing is done twice and the answer is the same', async () => {
    const key = randomUUID()
    const first = await stage.wrapUp(contact.maya, stage.all('again'), key)
    const again = await stage.wrapUp(contact.maya, stage.all('again'), key)

    expect(again.body).toEqual(first.body)
    expect(stage.counts('again')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When the same key comes five times at once, then nothing is done twice', async () => {
    const key = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => stage.wrapUp(contact.maya, stage.all('crowd'), key)),
    )

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(stage.counts('crowd')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When one part fails, then the others succeed and the same key repeats only the failed one', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, status: 422 })
    const first = await stage.wrapUp(contact.maya, stage.all('part'), key)
    expect(first.status).toBe(200)
    expect(first.body.parts).toMatchObject({
      message: { ok: true },
      tags: { ok: true },
      task: { ok: false, error: { code: 'rejected', message: expect.any(String) } },
      note: { ok: true },
    })

    const again = await stage.wrapUp(contact.maya, stage.all('part'), key)
    expect(again.body.parts.task).toMatchObject({ ok: true })
    expect(stage.counts('part')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When the answer to the text is lost, then the same key never sends it again', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', times: 1, loseAnswer: true })
    const first = await stage.wrapUp(contact.maya, stage.all('lost text'), key)
    const again = await stage.wrapUp(contact.maya, stage.all('lost text'), key)

    expect(first.body.parts.message).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } })
    expect(again.body.parts.message).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } })
    expect(stage.counts('lost text')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When the answers to follow-up and note are lost, then a repeat finds them and makes no twins', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, loseAnswer: true })
    world.sandbox.faults.add({ method: 'POST', path: /\/notes$/, times: 1, loseAnswer: true })
    const first = await stage.wrapUp(contact.maya, stage.all('lost rest'), key)
    expect(first.body.parts).toMatchObject({
      task: { ok: false, error: { code: 'outcome_unknown' } },
      note: { ok: false, error: { code: 'outcome_unknown' } },
    })

    const again = await stage.wrapUp(contact.maya, stage.all('lost rest'), key)
    expect(again.body.parts).toMatchObject({ task: { ok: true }, note: { ok: true } })
    expect(stage.counts('lost rest')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When the same text was noted before, then a repeat of an unknown note does not take that one for its own', async () => {
    const body = 'Note of left voicemail'
    await stage.rep().post(`/contacts/${contact.maya}/notes`).send({ body })
    world.clock.advance(10 * 60_000)
    await stage.signInAgain()
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: /\/notes$/, times: 1, reset: true })
    const first = await stage.wrapUp(contact.maya, { note: { body } }, key)
    const again = await stage.wrapUp(contact.maya, { note: { body } }, key)

    expect(first.body.parts.note).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } })
    expect(again.body.parts.note).toMatchObject({ ok: true })
    expect(stage.counts('left voicemail').notes).toBe(2)
  })

  it.each([
    ['for somebody else', { assignedTo: user.admin, body: 'About the offer' }],
    ['for nobody', { body: 'About the offer' }],
    ['about something else', { assignedTo: user.rep, body: 'About the visit' }],
  ])(
    'When there is a follow-up %s already, then a repeat of an unknown one does not take it for its own',
    async (mark, other) => {
      const key = randomUUID()
      const title = `Task of ${mark}`
      const task = { title, dueDate, assignedTo: user.rep, body: 'About the offer' }
      const made = await stage
        .rep()
        .post(`/contacts/${contact.maya}/tasks`)
        .send({ title, dueDate, ...other })
      world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, reset: true })
      const first = await stage.wrapUp(contact.maya, { task }, key)
      const again = await stage.wrapUp(contact.maya, { task }, key)

      expect(made.status).toBe(201)
      expect(first.body.parts.task).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } })
      expect(again.body.parts.task).toMatchObject({ ok: true, result: { assignedTo: user.rep } })
      expect(stage.counts(mark).tasks).toBe(2)
    },
  )

  it('When a follow-up for nobody is made and the answer is lost, then a repeat finds it', async () => {
    const key = randomUUID()
    const task = { title: 'Task of nobody', dueDate, assignedTo: null, body: 'Call back.' }
    world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, loseAnswer: true })
    await stage.wrapUp(contact.maya, { task }, key)
    const again = await stage.wrapUp(contact.maya, { task }, key)
    expect(again.body.parts.task).toMatchObject({ ok: true, result: { assignedTo: null } })
    expect(stage.counts('nobody').tasks).toBe(1)
  })

  it('When a server error came after the follow-up was made, then a repeat makes no twin', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, loseAnswer: true })
    await stage.wrapUp(contact.maya, { task: { title: 'Task of error', dueDate } }, key)
    world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, status: 500 })
    const again = await stage.wrapUp(contact.maya, { task: { title: 'Task of error', dueDate } }, key)
    expect(again.body.parts.task).toMatchObject({ ok: true })
    expect(stage.counts('error').tasks).toBe(1)
  })

  it('When what an unknown part made cannot be looked for, then it stays unknown and a later repeat makes no twin', async () => {
    const key = randomUUID()
    const body = { addTags: ['Tag of unseen'], note: { body: 'Note of unseen' } }
    world.sandbox.faults.add({ method: 'POST', path: /\/notes$/, times: 1, loseAnswer: true })
    world.sandbox.faults.add({ method: 'POST', path: /\/tags$/, times: 1, loseAnswer: true })
    await stage.wrapUp(contact.maya, body, key)
    world.sandbox.faults.add({ method: 'GET', path: /\/notes$/, times: 1, status: 422 })
    world.sandbox.faults.add({ method: 'POST', path: /\/tags$/, times: 1, status: 422 })
    const again = await stage.wrapUp(contact.maya, body, key)
    expect(again.body.parts).toMatchObject({
      tags: { ok: false, error: { code: 'outcome_unknown' } },
      note: { ok: false, error: { code: 'outcome_unknown' } },
    })

    const settled = await stage.wrapUp(contact.maya, body, key)
    expect(settled.body.parts).toMatchObject({ tags: { ok: true }, note: { ok: true } })
    expect(stage.counts('unseen')).toMatchObject({ tags: 1, notes: 1 })
  })

  it('When what was done cannot be written down, then it is still told, and a repeat makes no twin', async () => {
    const key = randomUUID()
    await world.database.pool.query(`
      create function refuse_done() returns trigger language plpgsql as $$ begin
        if new.parts #>> '{note,state}' = 'done' then raise exception 'refused'; end if; return new; end $$;
      create trigger refuse_done before update on wrap_ups for each row execute function refuse_done()`)
    const first = await stage.wrapUp(contact.maya, { note: { body: 'Note of unrecorded' } }, key)
    await world.database.pool.query('drop trigger refuse_done on wrap_ups; drop function refuse_done')
    const again = await stage.wrapUp(contact.maya, { note: { body: 'Note of unrecorded' } }, key)

    expect(first.body.parts.note).toMatchObject({ ok: true })
    expect(again.body.parts.note).toEqual(first.body.parts.note)
    expect(stage.counts('unrecorded').notes).toBe(1)
  })

  it('When a failed part is mended under the same key, then the mended one is done', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: /\/notes$/, times: 1, status: 400 })
    await stage.wrapUp(contact.maya, { note: { body: 'Note of mistake' } }, key)
    const mended = await stage.wrapUp(contact.maya, { note: { body: 'Note of mended' } }, key)

    expect(mended.body.parts.note).toMatchObject({ ok: true, result: { body: 'Note of mended' } })
    expect(stage.counts('mistake').notes).toBe(0)
  })

  it('When a done part comes with other content under the same key, then it is a conflict', async () => {
    const key = randomUUID()
    await stage.wrapUp(contact.maya, { note: { body: 'Note of first' } }, key)
    const other = await stage.wrapUp(contact.maya, { note: { body: 'Note of second' } }, key)
    const elsewhere = await stage.wrapUp(contact.jonas, { note: { body: 'Note of first' } }, key)

    expect(other.body.parts.note).toMatchObject({ ok: false, error: { code: 'conflict' } })
    expect([elsewhere.status, elsewhere.body.error.code]).toEqual([409, 'conflict'])
    expect(stage.counts('second').notes).toBe(0)
  })

  it('When a month has passed, then a key is forgotten, but not while somebody works on it', async () => {
    const [over, busy] = [randomUUID(), randomUUID()]
    await stage.wrapUp(contact.maya, { note: { body: 'Note of a month' } }, over)
    await stage.wrapUp(contact.maya, { note: { body: 'Note of a month' } }, busy)
    world.clock.advance(31 * 24 * 3_600_000)
    const { pool } = world.database
    await pool.query('update wrap_ups set busy_until = $1 where idempotency_key = $2', [
      new Date(world.clock.now() + 30_000),
      busy,
    ])
    await world.sendJob('prune-ledgers', {})
    const keys = async () =>
      (await pool.query('select idempotency_key as key from wrap_ups')).rows.map(({ key }) => key)
    await expect.poll(keys, { timeout: 10_000 }).toEqual([busy])
  })
})
