import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dueInstant } from '../../shared/due-presets.ts'
import { hashOfTags } from '../../server/automations/contact-facts.ts'
import { createOwnChangeRepository } from '../../server/automations/own-change-repository.ts'
import { changeNames } from '../../server/automations/rule-evaluation.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { contactEvent } from '../sandbox/webhooks/record-events.ts'
import { type RuleStage, restartRuleStage } from '../support/rule-stage.ts'
import { sampleRule } from '../support/sample-rule.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location, user } = seedIds

let world: World
let stage: RuleStage
let contacts: World['sandbox']['state']['contacts']

beforeAll(async () => {
  world = await startWorld()
  await world.installed()
  contacts = structuredClone(world.sandbox.state.contacts)
})
afterAll(() => world.close())

beforeEach(async () => {
  stage = await restartRuleStage(world, contacts)
})

const newTasks = () => stage.newTasks()
const addTag: RuleStage['addTag'] = (...told) => stage.addTag(...told)

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

  it('When a contact is deleted and made again at once, then it is known when its next change comes', async () => {
    await stage.addRule()
    const types = ['ContactDelete', 'ContactCreate'] as const
    await stage.takeTogether(types.map((type) => contactEvent(type, stage.contactOf(contact.maya))))
    await addTag(contact.maya)
    expect(newTasks()).toHaveLength(1)
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

  it('When somebody replies in several texts, then there is one follow-up until it is done', async () => {
    const rule = await stage.addRule({ trigger: { kind: 'reply' } })
    const message = { locationId: location.main, contactId: contact.maya, messageType: 'SMS' }
    const reply = async (messageId: string) => {
      await world.sandbox.sendWebhook({ ...message, type: 'InboundMessage', direction: 'inbound', messageId })
      await stage.rest()
    }
    await reply('msgFirst')
    await reply('msgSecond')
    expect(newTasks()).toHaveLength(1)
    expect((await stage.log(rule.id))[0]).toMatchObject({ outcome: 'skipped', reason: 'still_open' })
    const [task] = newTasks()
    if (task) task.completed = true
    await reply('msgThird')
    expect(newTasks()).toHaveLength(2)
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
    const tags = stage.tagsWith(contact.maya, 'hot')
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
    const before = world.sandbox.calls.length
    for (const id of [contact.maya, contact.jonas, contact.fresh]) await addTag(id)
    expect(newTasks()).toHaveLength(2)
    expect(await stage.log(rule.id)).toMatchObject([
      { outcome: 'skipped', reason: 'daily_limit', contactId: contact.fresh },
      { outcome: 'created' },
      { outcome: 'created' },
    ])
    // Whoever is left out costs the platform no call.
    const reads = world.sandbox.calls
      .slice(before)
      .filter(({ path }) => path === `/contacts/${contact.fresh}`)
    expect(reads).toEqual([])
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
