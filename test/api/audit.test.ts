import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AuditAnswer } from '../../shared/audit-contract.ts'
import { auditAnswerSchema } from '../../shared/audit-contract.ts'
import { createAuditRepository } from '../../server/audit/audit-repository.ts'
import { createAuditService } from '../../server/audit/audit-service.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location, user } = seedIds
const dueDate = '2026-11-18T09:00:00-05:00'
const dayMs = 86_400_000

describe('who did what to which contact', () => {
  let world: World
  let rep: Awaited<ReturnType<World['as']>>
  let admin: Awaited<ReturnType<World['as']>>

  beforeAll(async () => {
    world = await startWorld()
    await world.installed()
    await world.installed(user.admin, location.berlin)
    rep = await world.as()
    admin = await world.as(user.admin)
  })
  afterAll(() => world.close())
  beforeEach(async () => {
    world.sandbox.faults.clear()
    await world.database.db.execute(sql`truncate audit_entries`)
  })

  async function entries(query = ''): Promise<AuditAnswer['entries']> {
    const answer = await admin.get(`/audit?${query}`)
    expect(answer.status).toBe(200)
    return auditAnswerSchema.parse(answer.body).entries
  }

  const send = (contactId: string, key: string, message = 'A private text') =>
    rep.post(`/contacts/${contactId}/messages`).set('Idempotency-Key', key).send({ message })

  it('When a text is sent twice under one key, then its one sending is written down, without the text', async () => {
    const first = await send(contact.maya, 'audit-send')
    await send(contact.maya, 'audit-send')
    expect(await entries()).toEqual([
      {
        id: expect.any(Number),
        at: new Date(world.clock.now()).toISOString(),
        userId: user.rep,
        contactId: contact.maya,
        action: 'message.send',
        outcome: 'done',
        code: null,
        reference: first.body.message.id,
        requestId: first.headers['x-request-id'],
      },
    ])
    const { rows } = await world.database.db.execute(sql`select * from audit_entries`)
    expect(JSON.stringify(rows)).not.toContain('private')
  })

  it('When a text is refused or its answer is lost, then the entry says which', async () => {
    await send(contact.dndSms, 'audit-dnd')
    world.sandbox.faults.add({ method: 'POST', path: '/conversations/messages', loseAnswer: true, times: 1 })
    await send(contact.maya, 'audit-lost')
    const outcomes = (await entries()).map(({ action, outcome, code }) => [action, outcome, code])
    expect(outcomes).toEqual([
      ['message.send', 'unknown', 'outcome_unknown'],
      ['message.send', 'failed', 'dnd_active'],
    ])
  })

  it('When tags, follow-ups and notes change, then each change is written down with what it concerned', async () => {
    const base = `/contacts/${contact.maya}`
    await rep.post(`${base}/tags`).send({ tags: ['audited'] })
    await rep.delete(`${base}/tags`).send({ tags: ['audited'] })
    const { task } = (await rep.post(`${base}/tasks`).send({ title: 'Call', dueDate })).body
    await rep.put(`${base}/tasks/${task.id}`).send({ title: 'Call back', dueDate })
    await rep.put(`${base}/tasks/${task.id}/completed`).send({ completed: true })
    await rep.put(`${base}/tasks/${task.id}/completed`).send({ completed: false })
    await rep.delete(`${base}/tasks/${task.id}`)
    const { note } = (await rep.post(`${base}/notes`).send({ body: 'Noted' })).body
    await rep.put(`${base}/notes/${note.id}`).send({ body: 'Noted well' })
    await rep.delete(`${base}/notes/${note.id}`)
    const written = (await entries(`contactId=${contact.maya}`)).toReversed()
    expect(written.map(({ action, outcome, reference }) => [action, outcome, reference])).toEqual([
      ['tags.add', 'done', null],
      ['tags.remove', 'done', null],
      ['task.create', 'done', task.id],
      ['task.update', 'done', task.id],
      ['task.complete', 'done', task.id],
      ['task.reopen', 'done', task.id],
      ['task.delete', 'done', task.id],
      ['note.create', 'done', note.id],
      ['note.update', 'done', note.id],
      ['note.delete', 'done', note.id],
    ])
  })

  it('When a wrap-up fails in part, then each part is written down, and the whole as failed', async () => {
    await rep
      .post(`/contacts/${contact.dndSms}/wrap-up`)
      .set('Idempotency-Key', 'audit-wrap-up')
      .send({ message: { message: 'Hello' }, addTags: ['done'], note: { body: 'Spoke' } })
    const written = (await entries()).map(({ action, outcome, code }) => [action, outcome, code])
    expect(written.sort()).toEqual([
      ['message.send', 'failed', 'dnd_active'],
      ['note.create', 'done', null],
      ['tags.add', 'done', null],
      ['wrap_up', 'failed', 'dnd_active'],
    ])
  })

  it('When a colleague touches what is not theirs, then the try is written down', async () => {
    const restricted = await world.as(user.restricted)
    expect((await restricted.post(`/contacts/${contact.maya}/notes`).send({ body: 'x' })).status).toBe(403)
    expect(await entries()).toMatchObject([
      { action: 'note.create', outcome: 'failed', code: 'forbidden', userId: user.restricted },
    ])
  })

  it('When the platform holds an action back, then its entry is there before it has ended', async () => {
    world.sandbox.faults.add({ method: 'POST', path: '/contacts/:contactId/tags', delayMs: 1_000, times: 1 })
    const change = rep.post(`/contacts/${contact.maya}/tags`).send({ tags: ['slow'] })
    const answered = change.then(({ status }) => status)
    await expect.poll(() => entries()).toMatchObject([{ action: 'tags.add', outcome: 'unknown', code: null }])
    expect(await answered).toBe(200)
    expect(await entries()).toMatchObject([{ action: 'tags.add', outcome: 'done' }])
  })

  it('When entries cannot be written, then the action is done all the same and the log says so', async () => {
    await world.database.db.execute(sql`alter table audit_entries rename to audit_entries_away`)
    try {
      expect((await send(contact.maya, 'audit-unwritten')).status).toBe(201)
      expect((await rep.post(`/contacts/${contact.maya}/tags`).send({ tags: ['x'] })).status).toBe(200)
    } finally {
      await world.database.db.execute(sql`alter table audit_entries_away rename to audit_entries`)
    }
    const said = world.recorder.logs.filter((line) => line.includes('an audit entry could not be written'))
    expect(said.length).toBeGreaterThanOrEqual(2)
    expect(await entries()).toEqual([])
  })

  it('When an admin reads on, then pages follow each other without a gap and only this location is told', async () => {
    for (const n of [1, 2, 3, 4, 5])
      await rep.post(`/contacts/${contact.maya}/tags`).send({ tags: [`t${n}`] })
    const berlin = await world.as(user.admin, location.berlin)
    await berlin.post(`/contacts/${contact.berlin}/tags`).send({ tags: ['elsewhere'] })
    const all = (await entries()).map(({ id }) => id)
    expect(all).toHaveLength(5)
    const read: number[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: AuditAnswer = (await admin.get(`/audit?limit=2&cursor=${cursor}`)).body
      read.push(...page.entries.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(read).toEqual(all)
    expect(await entries(`contactId=${contact.berlin}`)).toEqual([])
  })

  it.each(['limit=0', 'limit=101', 'cursor=mine', 'contactId=%27'])(
    'When the query is %s, then it is refused',
    async (query) => {
      const answer = await admin.get(`/audit?${query}`)
      expect([answer.status, answer.body.error.code]).toEqual([400, 'validation'])
    },
  )

  it('When another ledger cannot be pruned, then old entries are forgotten all the same', async () => {
    await rep.post(`/contacts/${contact.maya}/tags`).send({ tags: ['old'] })
    const { db } = world.database
    await db.execute(sql`update audit_entries set at = at - interval '401 days'`)
    await db.execute(sql`alter table event_marks rename to event_marks_away`)
    try {
      await world.sendJob('prune-ledgers', {})
      await expect.poll(() => entries(), { timeout: 8_000 }).toEqual([])
    } finally {
      await db.execute(sql`alter table event_marks_away rename to event_marks`)
    }
  })

  it('When somebody who is no admin asks, then it is refused', async () => {
    expect((await rep.get('/audit')).status).toBe(403)
    expect((await world.api.get('/api/audit')).status).toBe(401)
  })

  it('When entries are older than 400 days, then they are forgotten, and younger ones are kept', async () => {
    const repository = createAuditRepository({ db: world.database.db })
    await rep.post(`/contacts/${contact.maya}/tags`).send({ tags: ['old'] })
    const pruneIn = (days: number) =>
      createAuditService({ repository, now: () => world.clock.now() + days * dayMs }).prune()
    await pruneIn(400)
    expect(await entries()).toHaveLength(1)
    await pruneIn(401)
    expect(await entries()).toEqual([])
  })

  it('When an admin ends the connection, then who did it is kept', async () => {
    const berlin = await world.as(user.admin, location.berlin)
    expect((await berlin.delete('/installation')).status).toBe(204)
    const { rows } = await world.database.db.execute(
      sql`select user_id, contact_id, action, outcome from audit_entries where location_id = ${location.berlin}`,
    )
    expect(rows).toEqual([
      { user_id: user.admin, contact_id: null, action: 'installation.disconnect', outcome: 'done' },
    ])
  })
})
