import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, user } = seedIds
const dueDate = '2026-11-18T14:00:00.000Z'

describe('wrap-up', () => {
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

  const wrapUp = (contactId: string, body: object, key: string = randomUUID()) =>
    rep.post(`/contacts/${contactId}/wrap-up`).set('Idempotency-Key', key).send(body)
  const all = (mark: string) => ({
    message: { message: `Text of ${mark}` },
    addTags: [`Tag of ${mark}`],
    task: { title: `Task of ${mark}`, dueDate, assignedTo: user.rep },
    note: { body: `Note of ${mark}` },
  })
  /** How often the platform has each part. */
  const counts = (mark: string) => ({
    texts: world.sandbox.state.messages.filter(({ body }) => body === `Text of ${mark}`).length,
    tags: world.sandbox.state.contacts.filter(({ tags }) => tags.includes(`tag of ${mark}`.toLowerCase()))
      .length,
    tasks: world.sandbox.state.tasks.filter(({ title }) => title === `Task of ${mark}`).length,
    notes: world.sandbox.state.notes.filter(({ body }) => body === `Note of ${mark}`).length,
  })

  it('When all parts are given, then all happen once and each says so', async () => {
    const answer = await wrapUp(contact.maya, all('one'))

    expect(answer.status).toBe(200)
    expect(answer.body.parts).toMatchObject({
      message: { ok: true, result: { body: 'Text of one', status: 'pending' } },
      tags: { ok: true, result: { tags: expect.arrayContaining(['tag of one', 'vip']) } },
      task: { ok: true, result: { title: 'Task of one', dueDate, assignedTo: user.rep, completed: false } },
      note: { ok: true, result: { body: 'Note of one', userId: user.rep } },
    })
    expect(counts('one')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When only some parts are given, then only they are answered', async () => {
    const answer = await wrapUp(contact.maya, { note: { body: 'Note of some' } })
    expect(Object.keys(answer.body.parts)).toEqual(['note'])
  })

  it('When the same key comes again, then nothing is done twice and the answer is the same', async () => {
    const key = randomUUID()
    const first = await wrapUp(contact.maya, all('again'), key)
    const again = await wrapUp(contact.maya, all('again'), key)

    expect(again.body).toEqual(first.body)
    expect(counts('again')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When the same key comes five times at once, then nothing is done twice', async () => {
    const key = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => wrapUp(contact.maya, all('crowd'), key)),
    )

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(counts('crowd')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When one part fails, then the others succeed and the same key repeats only the failed one', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, status: 422 })
    const first = await wrapUp(contact.maya, all('part'), key)
    expect(first.status).toBe(200)
    expect(first.body.parts).toMatchObject({
      message: { ok: true },
      tags: { ok: true },
      task: { ok: false, error: { code: 'rejected', message: expect.any(String) } },
      note: { ok: true },
    })

    const again = await wrapUp(contact.maya, all('part'), key)
    expect(again.body.parts.task).toMatchObject({ ok: true })
    expect(counts('part')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When the contact is on do-not-disturb, then only the message part fails', async () => {
    const answer = await wrapUp(contact.dndSms, all('dnd'))
    expect(answer.body.parts).toMatchObject({
      message: { ok: false, error: { code: 'dnd_active' } },
      tags: { ok: true },
      task: { ok: true },
      note: { ok: true },
    })
    expect(counts('dnd')).toEqual({ texts: 0, tags: 1, tasks: 1, notes: 1 })
  })

  it('When the answer to the text is lost, then the same key never sends it again', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', times: 1, loseAnswer: true })
    const first = await wrapUp(contact.maya, all('lost text'), key)
    const again = await wrapUp(contact.maya, all('lost text'), key)

    expect(first.body.parts.message).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } })
    expect(again.body.parts.message).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } })
    expect(counts('lost text')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When the answers to follow-up and note are lost, then a repeat finds them and makes no twins', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, loseAnswer: true })
    world.sandbox.faults.add({ method: 'POST', path: /\/notes$/, times: 1, loseAnswer: true })
    const first = await wrapUp(contact.maya, all('lost rest'), key)
    expect(first.body.parts).toMatchObject({
      task: { ok: false, error: { code: 'outcome_unknown' } },
      note: { ok: false, error: { code: 'outcome_unknown' } },
    })

    const again = await wrapUp(contact.maya, all('lost rest'), key)
    expect(again.body.parts).toMatchObject({ task: { ok: true }, note: { ok: true } })
    expect(counts('lost rest')).toEqual({ texts: 1, tags: 1, tasks: 1, notes: 1 })
  })

  it('When the same text was noted before, then a repeat of an unknown note does not take that one for its own', async () => {
    const body = 'Note of left voicemail'
    await rep.post(`/contacts/${contact.maya}/notes`).send({ body })
    world.clock.advance(10 * 60_000)
    rep = await world.as()
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: /\/notes$/, times: 1, reset: true })
    const first = await wrapUp(contact.maya, { note: { body } }, key)
    const again = await wrapUp(contact.maya, { note: { body } }, key)

    expect(first.body.parts.note).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } })
    expect(again.body.parts.note).toMatchObject({ ok: true })
    expect(counts('left voicemail').notes).toBe(2)
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
      const made = await rep.post(`/contacts/${contact.maya}/tasks`).send({ title, dueDate, ...other })
      world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, reset: true })
      const first = await wrapUp(contact.maya, { task }, key)
      const again = await wrapUp(contact.maya, { task }, key)

      expect(made.status).toBe(201)
      expect(first.body.parts.task).toMatchObject({ ok: false, error: { code: 'outcome_unknown' } })
      expect(again.body.parts.task).toMatchObject({ ok: true, result: { assignedTo: user.rep } })
      expect(counts(mark).tasks).toBe(2)
    },
  )

  it('When a follow-up for nobody is made and the answer is lost, then a repeat finds it', async () => {
    const key = randomUUID()
    const task = { title: 'Task of nobody', dueDate, assignedTo: null, body: 'Call back.' }
    world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, loseAnswer: true })
    await wrapUp(contact.maya, { task }, key)
    const again = await wrapUp(contact.maya, { task }, key)
    expect(again.body.parts.task).toMatchObject({ ok: true, result: { assignedTo: null } })
    expect(counts('nobody').tasks).toBe(1)
  })

  it('When a server error came after the follow-up was made, then a repeat makes no twin', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, loseAnswer: true })
    await wrapUp(contact.maya, { task: { title: 'Task of error', dueDate } }, key)
    world.sandbox.faults.add({ method: 'POST', path: /\/tasks$/, times: 1, status: 500 })
    const again = await wrapUp(contact.maya, { task: { title: 'Task of error', dueDate } }, key)
    expect(again.body.parts.task).toMatchObject({ ok: true })
    expect(counts('error').tasks).toBe(1)
  })

  it('When what an unknown part made cannot be looked for, then it stays unknown and a later repeat makes no twin', async () => {
    const key = randomUUID()
    const body = { addTags: ['Tag of unseen'], note: { body: 'Note of unseen' } }
    world.sandbox.faults.add({ method: 'POST', path: /\/notes$/, times: 1, loseAnswer: true })
    world.sandbox.faults.add({ method: 'POST', path: /\/tags$/, times: 1, loseAnswer: true })
    await wrapUp(contact.maya, body, key)
    world.sandbox.faults.add({ method: 'GET', path: /\/notes$/, times: 1, status: 422 })
    world.sandbox.faults.add({ method: 'POST', path: /\/tags$/, times: 1, status: 422 })
    const again = await wrapUp(contact.maya, body, key)
    expect(again.body.parts).toMatchObject({
      tags: { ok: false, error: { code: 'outcome_unknown' } },
      note: { ok: false, error: { code: 'outcome_unknown' } },
    })

    const settled = await wrapUp(contact.maya, body, key)
    expect(settled.body.parts).toMatchObject({ tags: { ok: true }, note: { ok: true } })
    expect(counts('unseen')).toMatchObject({ tags: 1, notes: 1 })
  })

  it('When what was done cannot be written down, then it is still told, and a repeat makes no twin', async () => {
    const key = randomUUID()
    await world.database.pool.query(`
      create function refuse_done() returns trigger language plpgsql as $$ begin
        if new.parts #>> '{note,state}' = 'done' then raise exception 'refused'; end if; return new; end $$;
      create trigger refuse_done before update on wrap_ups for each row execute function refuse_done()`)
    const first = await wrapUp(contact.maya, { note: { body: 'Note of unrecorded' } }, key)
    await world.database.pool.query('drop trigger refuse_done on wrap_ups; drop function refuse_done')
    const again = await wrapUp(contact.maya, { note: { body: 'Note of unrecorded' } }, key)

    expect(first.body.parts.note).toMatchObject({ ok: true })
    expect(again.body.parts.note).toEqual(first.body.parts.note)
    expect(counts('unrecorded').notes).toBe(1)
  })

  it('When texts hold what no store can keep, then they arrive without it, once', async () => {
    const key = randomUUID()
    const body = {
      note: { body: 'Note of half\u0000 \ud83d' },
      task: { title: 'Task of half\u0000 \ud83d', dueDate },
    }
    const first = await wrapUp(contact.maya, body, key)
    const again = await wrapUp(contact.maya, body, key)

    expect(first.body.parts).toMatchObject({ note: { ok: true }, task: { ok: true } })
    expect(again.body).toEqual(first.body)
    expect(counts('half \ufffd')).toMatchObject({ notes: 1, tasks: 1 })
  })

  it('When a wrap-up is remembered, then none of its texts is', async () => {
    await wrapUp(contact.maya, all('memory'))
    const { rows } = await world.database.pool.query('select parts::text from wrap_ups')
    expect(JSON.stringify(rows)).not.toMatch(/(Text|Task|Note) of memory/)
  })

  it('When a failed part is mended under the same key, then the mended one is done', async () => {
    const key = randomUUID()
    world.sandbox.faults.add({ method: 'POST', path: /\/notes$/, times: 1, status: 400 })
    await wrapUp(contact.maya, { note: { body: 'Note of mistake' } }, key)
    const mended = await wrapUp(contact.maya, { note: { body: 'Note of mended' } }, key)

    expect(mended.body.parts.note).toMatchObject({ ok: true, result: { body: 'Note of mended' } })
    expect(counts('mistake').notes).toBe(0)
  })

  it('When a done part comes with other content under the same key, then it is a conflict', async () => {
    const key = randomUUID()
    await wrapUp(contact.maya, { note: { body: 'Note of first' } }, key)
    const other = await wrapUp(contact.maya, { note: { body: 'Note of second' } }, key)
    const elsewhere = await wrapUp(contact.jonas, { note: { body: 'Note of first' } }, key)

    expect(other.body.parts.note).toMatchObject({ ok: false, error: { code: 'conflict' } })
    expect([elsewhere.status, elsewhere.body.error.code]).toEqual([409, 'conflict'])
    expect(counts('second').notes).toBe(0)
  })

  it('When tags are added and removed together, then both happen', async () => {
    const answer = await wrapUp(contact.jonas, { addTags: ['Closed'], removeTags: ['Hot Lead'] })
    expect(answer.body.parts.tags.result.tags).toContain('closed')
    expect(answer.body.parts.tags.result.tags).not.toContain('hot lead')
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
    const answer = await wrapUp(contact.maya, body)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'validation'])
    expect(world.sandbox.calls.slice(before).filter(({ method }) => method !== 'GET')).toEqual([])
  })

  it('When a restricted user wraps up a colleague’s contact, then it is forbidden', async () => {
    const restricted = await world.as(user.restricted)
    const answer = await restricted
      .post(`/contacts/${contact.maya}/wrap-up`)
      .set('Idempotency-Key', randomUUID())
      .send(all('foreign'))
    expect([answer.status, answer.body.error.code]).toEqual([403, 'forbidden'])
    expect(counts('foreign')).toEqual({ texts: 0, tags: 0, tasks: 0, notes: 0 })
  })

  it('When a month has passed, then a key is forgotten, but not while somebody works on it', async () => {
    const [over, busy] = [randomUUID(), randomUUID()]
    await wrapUp(contact.maya, { note: { body: 'Note of a month' } }, over)
    await wrapUp(contact.maya, { note: { body: 'Note of a month' } }, busy)
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
