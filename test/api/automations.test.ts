import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dueInstant } from '../../shared/due-presets.ts'
import { hashOfTags } from '../../server/automations/contact-facts.ts'
import { createOwnChangeRepository } from '../../server/automations/own-change-repository.ts'
import { changeNames } from '../../server/automations/rule-evaluation.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type RuleStage, sampleRule, startRuleStage } from '../support/rule-stage.ts'
import { startTwinApp } from '../support/twin-app.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location, user } = seedIds
const taskPath = '/contacts/:contactId/tasks'

let world: World
let stage: RuleStage
let contacts: World['sandbox']['state']['contacts']
/** Tasks of the seed, and of tests before. */
let known: string[]

beforeAll(async () => {
  world = await startWorld()
  await world.installed()
  contacts = structuredClone(world.sandbox.state.contacts)
})
afterAll(() => world.close())

beforeEach(async () => {
  world.sandbox.faults.clear()
  // What Wrapup changed by itself in a test before is forgotten.
  world.clock.advance(20 * 60_000)
  stage = await startRuleStage(world)
  await stage.removeRules()
  world.sandbox.state.contacts = structuredClone(contacts)
  known = stage.taskIds()
})

const newTasks = () => world.sandbox.state.tasks.filter(({ id }) => !known.includes(id))
const tagsWith = (contactId: string, tag: string) => [...stage.contactOf(contactId).tags, tag]
const addTag = (contactId: string, copies = 1) =>
  stage.change(contactId, { tags: tagsWith(contactId, 'hot') }, 'ContactTagUpdate', copies)

describe('a follow-up rule', () => {
  it('When a tag is added to a contact that nobody has changed since, then its owner has a follow-up, once', async () => {
    const rule = await stage.addRule()
    const event = await addTag(contact.maya, 3)
    // The platform tells of the same state again, as another event.
    await world.sandbox.sendWebhook({ ...event, type: 'ContactUpdate', webhookId: 'another-id' })
    await stage.rest()
    expect(newTasks()).toMatchObject([
      {
        contactId: contact.maya,
        title: 'Call Maya',
        assignedTo: user.rep,
        dueDate: dueInstant('tomorrow', world.clock.now(), 'America/New_York'),
        completed: false,
      },
    ])
    const [entry, ...others] = await stage.log(rule.id)
    expect(others).toEqual([])
    expect(entry).toMatchObject({
      contactId: contact.maya,
      trigger: 'tag_added',
      outcome: 'created',
      reason: null,
      taskId: newTasks()[0]?.id,
    })
    const { body } = await stage.admin.get('/automations')
    expect(body.rules).toMatchObject([{ id: rule.id, recent: { created: 1, leftOut: 0 } }])
  })

  it('When a user adds the tag in Wrapup, then that sets it off as well', async () => {
    await stage.addRule()
    const rep = await world.as()
    await rep.post(`/contacts/${contact.jonas}/tags`).send({ tags: ['Hot'] })
    await stage.rest()
    expect(newTasks().map(({ title }) => title)).toEqual(['Call Jonas'])
  })

  it('When a location has more contacts than a page holds, then each is known when its first change comes', async () => {
    const template = stage.contactOf(contact.maya)
    for (let place = 0; place < 230; place += 1) {
      const id = `conMany${String(place).padStart(13, '0')}`
      world.sandbox.state.contacts.push({ ...template, id, tags: [] })
    }
    await stage.addRule()
    for (const place of [0, 120, 229]) await addTag(`conMany${String(place).padStart(13, '0')}`)
    expect(newTasks()).toHaveLength(3)
  })

  it('When a contact is seen for the first time, then nothing follows from what it has already', async () => {
    await stage.addRule()
    const id = 'conBrandNew000000001'
    world.sandbox.state.contacts.push({ ...stage.contactOf(contact.maya), id, tags: ['hot'] })
    await stage.change(id, {}, 'ContactCreate')
    await stage.change(id, { tags: [] }, 'ContactTagUpdate')
    expect(newTasks()).toEqual([])
    await stage.change(id, { tags: ['hot'] }, 'ContactTagUpdate')
    expect(newTasks()).toHaveLength(1)
  })

  it('When events come in the wrong order, then what is over by now sets nothing off', async () => {
    const rule = await stage.addRule()
    const { tags } = stage.contactOf(contact.maya)
    world.sandbox.webhooks.hold()
    const rep = await world.as()
    await rep.post(`/contacts/${contact.maya}/tags`).send({ tags: ['hot'] })
    world.clock.advance(60_000)
    await rep.delete(`/contacts/${contact.maya}/tags`).send({ tags: ['hot'] })
    await world.sandbox.webhooks.release('reversed')
    await stage.rest()
    expect(stage.contactOf(contact.maya).tags).toEqual(tags)
    expect([newTasks(), await stage.log(rule.id)]).toEqual([[], []])
  })

  it('When a field changes to what it waits for, and only then, there is a follow-up', async () => {
    await stage.addRule({
      trigger: { kind: 'field_changed', field: 'source', from: null, to: 'Trade fair' },
      task: { ...sampleRule.task, assignee: { kind: 'user', userId: user.admin } },
    })
    await stage.change(contact.maya, { source: 'website' })
    expect(newTasks()).toEqual([])
    await stage.change(contact.maya, { source: 'trade FAIR' })
    expect(newTasks()).toMatchObject([{ assignedTo: user.admin }])
    await stage.change(contact.maya, { email: 'other@example.com' })
    expect(newTasks()).toHaveLength(1)
  })

  it('When its condition does not hold, then nothing is made, and the log says why', async () => {
    const rule = await stage.addRule({ condition: { kind: 'is_unassigned' } })
    await addTag(contact.maya)
    expect(newTasks()).toEqual([])
    expect(await stage.log(rule.id)).toMatchObject([{ outcome: 'skipped', reason: 'condition' }])
  })

  it('When a text fails, somebody replies or opts out, then rules for that are set off once each', async () => {
    for (const kind of ['delivery_failed', 'reply', 'opt_out'] as const) {
      await stage.addRule({ trigger: { kind }, task: { ...sampleRule.task, title: kind } })
    }
    const message = { locationId: location.main, contactId: contact.maya, messageType: 'SMS' }
    const outbound = { ...message, type: 'OutboundMessage', direction: 'outbound', messageId: 'msgOut1' }
    const inbound = { ...message, type: 'InboundMessage', direction: 'inbound', messageId: 'msgIn1' }
    await world.sandbox.sendWebhook({ ...outbound, status: 'delivered' })
    await world.sandbox.sendWebhook({ ...inbound, messageId: 'msgCall1', messageType: 'CALL' })
    await stage.rest()
    expect(newTasks()).toEqual([])
    // Twice each, as events of their own.
    for (const event of [{ ...outbound, status: 'failed' }, inbound]) {
      await world.sandbox.sendWebhook(event)
      await world.sandbox.sendWebhook(event)
    }
    await stage.rest()
    const blocked = { dndSettings: { SMS: { status: 'active' as const } } }
    await stage.change(contact.maya, blocked, 'ContactDndUpdate')
    await stage.change(contact.maya, blocked, 'ContactDndUpdate')
    expect(
      newTasks()
        .map(({ title }) => title)
        .sort(),
    ).toEqual(['delivery_failed', 'opt_out', 'reply'])
  })

  it('When it is off, then nothing happens, and what happened meanwhile is not made up for', async () => {
    const rule = await stage.addRule({ isOn: false })
    const late = await addTag(contact.maya)
    const { status } = await stage.admin.put(`/automations/${rule.id}`).send({ ...sampleRule, isOn: true })
    expect(status).toBe(200)
    await stage.rest()
    world.clock.advance(60_000)
    const { timestamp } = late
    await world.sandbox.sendWebhook({ ...late, timestamp, webhookId: 'late-again' })
    await stage.rest()
    expect(newTasks()).toEqual([])
  })

  it('When it is turned off before its turn came, then nothing is made', async () => {
    const rule = await stage.addRule()
    const fault = world.sandbox.faults.add({ path: '/contacts/:contactId', status: 503, times: 1_000 })
    await stage.tell(contact.maya, { tags: ['hot'] }, 'ContactTagUpdate')
    await expect.poll(() => fault.hits(), { timeout: 10_000 }).toBeGreaterThan(0)
    await stage.admin.put(`/automations/${rule.id}`).send({ ...sampleRule, isOn: false })
    fault.remove()
    await stage.rest()
    expect(newTasks()).toEqual([])
    expect(await stage.log(rule.id)).toMatchObject([{ outcome: 'skipped', reason: 'rule_off' }])
  })

  it('When Wrapup itself sets the tag or field, then no rule is set off, and the log says so', async () => {
    const rule = await stage.addRule()
    const { database, clock } = world
    const ownChanges = createOwnChangeRepository({ db: database.db, now: clock.now })
    const tags = tagsWith(contact.maya, 'hot')
    const names = [changeNames.tags(hashOfTags(contact.maya, tags))]
    await ownChanges.note(location.main, contact.maya, names)
    await addTag(contact.maya)
    expect(newTasks()).toEqual([])
    expect(await stage.log(rule.id)).toMatchObject([{ outcome: 'skipped', reason: 'own_change' }])
    await addTag(contact.jonas)
    expect(newTasks()).toMatchObject([{ contactId: contact.jonas }])
  })

  it('When it has made as many as it may in a day, then the rest is left out and said', async () => {
    const rule = await stage.addRule({ dailyLimit: 2 })
    for (const id of [contact.maya, contact.jonas, contact.fresh]) await addTag(id)
    expect(newTasks()).toHaveLength(2)
    expect(await stage.log(rule.id)).toMatchObject([
      { outcome: 'skipped', reason: 'daily_limit', contactId: contact.fresh },
      { outcome: 'created' },
      { outcome: 'created' },
    ])
    const { body } = await stage.admin.get('/automations')
    expect(body.rules).toMatchObject([{ recent: { created: 2, leftOut: 1 } }])
    world.clock.advance(25 * 3_600_000)
    await addTag(contact.assigned)
    expect(newTasks()).toHaveLength(3)
  })

  it('When it is months old, then what it did is forgotten', async () => {
    const rule = await stage.addRule()
    await addTag(contact.maya)
    world.clock.advance(31 * 24 * 3_600_000)
    await world.sendJob('prune-ledgers', {})
    const rows = () =>
      world.database.db.execute(sql`select 1 from automation_runs where rule_id = ${rule.id}`)
    await expect.poll(async () => (await rows()).rows.length, { timeout: 10_000 }).toBe(0)
  })
})

describe('a follow-up whose making meets trouble', () => {
  it.each([
    { loseAnswer: true },
    { malformed: true },
    { reset: true },
    { status: 500 },
    { status: 502 },
    { status: 429 },
  ])('When the platform answers with %j, then there is one all the same', async (fault) => {
    const rule = await stage.addRule()
    world.sandbox.faults.add({ method: 'POST', path: taskPath, ...fault })
    await addTag(contact.maya)
    expect(newTasks()).toHaveLength(1)
    expect(await stage.log(rule.id)).toMatchObject([{ outcome: 'created', taskId: newTasks()[0]?.id }])
  })

  it('When the answer to a second one of the same kind is lost, then the first is not taken for it', async () => {
    await stage.addRule()
    await addTag(contact.maya)
    const without = stage.contactOf(contact.maya).tags.filter((tag) => tag !== 'hot')
    await stage.change(contact.maya, { tags: without }, 'ContactTagUpdate')
    world.sandbox.faults.add({ method: 'POST', path: taskPath, reset: true })
    await addTag(contact.maya)
    expect(newTasks()).toHaveLength(2)
  })

  it('When the same job runs in two processes at once, then there is one', async () => {
    await stage.addRule()
    world.sandbox.faults.add({ method: 'POST', path: taskPath, delayMs: 300 })
    const twin = await startTwinApp(world)
    try {
      await addTag(contact.maya)
      const { rows } = await world.database.db.execute(sql`select max(id) as id from automation_runs`)
      const runId = Number(rows[0]?.['id'])
      await Promise.all([
        world.sendJob('run-automation', { locationId: location.main, runId }),
        twin.sendJob('run-automation', { locationId: location.main, runId }),
      ])
      await stage.rest()
      expect(newTasks()).toHaveLength(1)
    } finally {
      await twin.close()
    }
  })

  it('When its assignee has left, then it is made for nobody, and the log says so', async () => {
    const assignee = { kind: 'user' as const, userId: user.deleted }
    const rule = await stage.addRule({ task: { ...sampleRule.task, assignee } })
    await addTag(contact.maya)
    expect(newTasks()).toMatchObject([{ assignedTo: null }])
    expect(await stage.log(rule.id)).toMatchObject([{ outcome: 'created', reason: 'assignee_gone' }])
  })

  it('When the contact has no owner, then it is made for nobody, and the log says so', async () => {
    const rule = await stage.addRule()
    await addTag(contact.jonas)
    expect(newTasks()).toMatchObject([{ assignedTo: null }])
    expect(await stage.log(rule.id)).toMatchObject([{ outcome: 'created', reason: 'no_owner' }])
  })

  it.each([
    ['contact_gone', { status: 400, body: { message: 'Contact with id x not found' } }],
    ['reconnect_required', { status: 401, body: { message: 'The token is not authorized for this scope.' } }],
    ['location_suspended', { status: 403, body: { message: 'Location is not active' } }],
    ['rejected', { status: 422, body: { message: ['title must be shorter'] } }],
  ])(
    'When it cannot be made because of %s, then that is said once, and nothing repeats it',
    async (reason, fault) => {
      const rule = await stage.addRule({ task: { ...sampleRule.task, assignee: { kind: 'nobody' } } })
      const refused = world.sandbox.faults.add({ method: 'POST', path: taskPath, times: 1_000, ...fault })
      await addTag(contact.maya)
      expect(newTasks()).toEqual([])
      expect(await stage.log(rule.id)).toMatchObject([{ outcome: 'failed', reason }])
      expect(refused.hits()).toBe(1)
    },
  )

  it('When the contact was deleted meanwhile, then that is said', async () => {
    const rule = await stage.addRule()
    const event = await addTag(contact.fresh)
    expect(newTasks()).toHaveLength(1)
    world.sandbox.state.contacts = world.sandbox.state.contacts.filter(({ id }) => id !== contact.fresh)
    const later = (minutes: number) => new Date(world.clock.now() + minutes * 60_000).toISOString()
    for (const [place, tags] of [[], ['hot']].entries()) {
      const timestamp = later(place + 1)
      world.clock.advance(120_000)
      await world.sandbox.sendWebhook({ ...event, tags, timestamp, webhookId: `gone-${place}` })
    }
    await stage.rest()
    expect((await stage.log(rule.id))[0]).toMatchObject({ outcome: 'failed', reason: 'contact_gone' })
  })

  it('When the process ends after a lost answer, then the next one finds what was made', async () => {
    const own = await startWorld()
    await own.installed()
    const ownStage = await startRuleStage(own)
    const before = ownStage.taskIds()
    const made = () => own.sandbox.state.tasks.filter(({ id }) => !before.includes(id))
    const rule = await ownStage.addRule()
    // Only the next process may look.
    own.sandbox.faults.add({ method: 'POST', path: taskPath, loseAnswer: true })
    const blind = own.sandbox.faults.add({ method: 'GET', path: taskPath, status: 503, times: 1_000 })
    await ownStage.tell(contact.maya, { tags: ['hot'] }, 'ContactTagUpdate')
    await expect.poll(() => made().length, { timeout: 10_000 }).toBe(1)
    await own.drain()
    blind.remove()
    const twin = await startTwinApp(own)
    try {
      await ownStage.rest()
      expect(made()).toHaveLength(1)
      expect(await ownStage.log(rule.id)).toMatchObject([{ outcome: 'created', taskId: made()[0]?.id }])
    } finally {
      await twin.close()
      await own.close()
    }
  })
})
