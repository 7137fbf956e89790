import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dueInstant } from '../../shared/due-presets.ts'
import { rulesMaxCount } from '../../shared/watched-fields.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type RuleStage, startRuleStage } from '../support/rule-stage.ts'
import { sampleRule } from '../support/sample-rule.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location, user } = seedIds
const nowhere = '00000000-0000-0000-0000-000000000000'

describe('the follow-up rules of a location', () => {
  let world: World
  let stage: RuleStage

  beforeAll(async () => {
    world = await startWorld()
    await world.installed()
    await world.installed(user.admin, location.berlin)
  })
  afterAll(() => world.close())
  beforeEach(async () => {
    stage = await startRuleStage(world)
    await stage.removeRules()
  })

  it('When an admin makes, changes and deletes one, then all of the location can read it as it is', async () => {
    const rule = await stage.addRule()
    const rep = await world.as()
    expect((await rep.get('/automations')).body.rules).toMatchObject([{ ...sampleRule, id: rule.id }])
    const changed = { ...sampleRule, isOn: false, trigger: { kind: 'reply' as const } }
    const answer = await stage.admin.put(`/automations/${rule.id}`).send(changed)
    expect([answer.status, answer.body.rule]).toMatchObject([200, { ...changed, id: rule.id }])
    expect((await stage.admin.delete(`/automations/${rule.id}`)).status).toBe(204)
    expect((await rep.get('/automations')).body.rules).toEqual([])
    const audit = await stage.admin.get('/audit?limit=3')
    expect(audit.body.entries.map((entry: { action: string; outcome: string }) => entry.action)).toEqual([
      'automation.delete',
      'automation.update',
      'automation.create',
    ])
  })

  it('When somebody who is no admin changes one, then it is refused', async () => {
    const rule = await stage.addRule()
    const rep = await world.as()
    const preview = { contactId: contact.maya, condition: null, task: sampleRule.task }
    const answers = await Promise.all([
      rep.post('/automations').send(sampleRule),
      rep.put(`/automations/${rule.id}`).send(sampleRule),
      rep.delete(`/automations/${rule.id}`),
      rep.post('/automations/preview').send(preview),
    ])
    expect(answers.map(({ status, body }) => [status, body.error.code])).toEqual(
      answers.map(() => [403, 'forbidden']),
    )
  })

  it('When somebody sees assigned data only, then the log, which tells of all contacts, is not theirs', async () => {
    const restricted = await world.as(user.restricted)
    expect((await restricted.get('/automations')).status).toBe(200)
    expect((await restricted.get('/automations/log')).body.error.code).toBe('forbidden')
  })

  it('When an admin of another location asks for one, then it is not there', async () => {
    const rule = await stage.addRule()
    const other = await world.as(user.admin, location.berlin)
    expect((await other.get('/automations')).body.rules).toEqual([])
    expect((await other.put(`/automations/${rule.id}`).send(sampleRule)).status).toBe(404)
    expect((await other.delete(`/automations/${rule.id}`)).status).toBe(404)
    expect((await other.get(`/automations/log?ruleId=${rule.id}`)).body.entries).toEqual([])
    const preview = { contactId: contact.maya, condition: null, task: sampleRule.task }
    expect((await other.post('/automations/preview').send(preview)).status).toBe(404)
  })

  it('When there is no such rule, then it is not found', async () => {
    expect((await stage.admin.put(`/automations/${nowhere}`).send(sampleRule)).status).toBe(404)
    expect((await stage.admin.delete(`/automations/${nowhere}`)).status).toBe(404)
  })

  it.each([
    ['an unknown trigger', { trigger: { kind: 'sunrise' } }],
    ['a tag of spaces', { trigger: { kind: 'tag_added', tag: ' ' } }],
    ['an unknown field', { trigger: { kind: 'field_changed', field: 'shoeSize', from: null, to: null } }],
    ['a condition without its value', { condition: { kind: 'field_equals', field: 'email' } }],
    ['a merge field that does not exist', { task: { ...sampleRule.task, title: '{{contact.shoe}}' } }],
    ['no title', { task: { ...sampleRule.task, title: '' } }],
    ['an unknown due', { task: { ...sampleRule.task, due: 'someday' } }],
    [
      'an assignee that is no id',
      { task: { ...sampleRule.task, assignee: { kind: 'user', userId: '../x' } } },
    ],
    ['a limit of none', { dailyLimit: 0 }],
    ['a limit beyond all', { dailyLimit: 100_000 }],
  ])('When a rule has %s, then it is refused', async (_what, changes) => {
    const answer = await stage.admin.post('/automations').send({ ...sampleRule, ...changes })
    expect([answer.status, answer.body.error.code]).toEqual([400, 'validation'])
  })

  it('When there are as many as there can be, then the next is refused with what to do', async () => {
    for (let made = 0; made < rulesMaxCount; made += 1) {
      await stage.admin.post('/automations').send({ ...sampleRule, trigger: { kind: 'reply' } })
    }
    const answer = await stage.admin.post('/automations').send(sampleRule)
    expect([answer.status, answer.body.error.code]).toEqual([422, 'rejected'])
    expect(answer.body.error.message).toContain('Delete one')
  })

  it('When a rule is previewed, then it is shown for that contact, and nothing is made', async () => {
    const before = stage.taskIds()
    const body = {
      contactId: contact.maya,
      condition: { kind: 'field_contains', field: 'companyName', value: 'finch' },
      task: { ...sampleRule.task, body: 'At {{contact.company_name|their company}}' },
    }
    expect((await stage.admin.post('/automations/preview').send(body)).body).toEqual({
      conditionHolds: true,
      title: 'Call Maya',
      body: 'At Blue Finch Studio',
      dueDate: dueInstant('tomorrow', world.clock.now(), 'America/New_York'),
      assignedTo: user.rep,
    })
    const gone = await stage.admin.post('/automations/preview').send({ ...body, contactId: 'conGone' })
    expect(gone.status).toBe(404)
    expect(stage.taskIds()).toEqual(before)
  })

  it('When the log is long, then it comes in pages, the newest first', async () => {
    const rule = await stage.addRule()
    for (const id of [contact.maya, contact.jonas, contact.fresh]) {
      await stage.change(id, { tags: ['hot'] }, 'ContactTagUpdate')
    }
    const first = await stage.admin.get(`/automations/log?ruleId=${rule.id}&limit=2`)
    expect(first.body.entries.map(({ contactId }: { contactId: string }) => contactId)).toEqual([
      contact.fresh,
      contact.jonas,
    ])
    const next = await stage.admin.get(
      `/automations/log?ruleId=${rule.id}&limit=2&cursor=${first.body.nextCursor}`,
    )
    expect(next.body).toMatchObject({ entries: [{ contactId: contact.maya }], nextCursor: null })
    expect((await stage.admin.get('/automations/log?cursor=made-up')).status).toBe(400)
  })

  it('When the last rule that watches contacts is deleted, then nothing is remembered of them', async () => {
    const count = async () => (await world.database.pool.query('select 1 from contact_snapshots')).rows.length
    await stage.addRule()
    expect(await count()).toBeGreaterThan(10)
    const { rows } = await world.database.pool.query('select * from contact_snapshots')
    expect(JSON.stringify(rows)).not.toMatch(/Finch|example\.com|\+1312/)
    await stage.removeRules()
    expect(await count()).toBe(0)
  })
})
