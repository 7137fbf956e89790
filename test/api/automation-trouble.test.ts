import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { type RuleStage, restartRuleStage, startRuleStage } from '../support/rule-stage.ts'
import { sampleRule } from '../support/sample-rule.ts'
import { startTwinApp } from '../support/twin-app.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact, location, user } = seedIds
const taskPath = '/contacts/:contactId/tasks'

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
      await stage.rest()
    }
    expect((await stage.log(rule.id))[0]).toMatchObject({ outcome: 'failed', reason: 'contact_gone' })
  })

  it('When the process ends after a lost answer, then the next one finds what was made', async () => {
    const own = await startWorld()
    await own.installed()
    const ownStage = await startRuleStage(own)
    const made = () => ownStage.newTasks()
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

  it('When its job was given up in a long outage, then it is made later on, and after days it is said that it is not', async () => {
    const rule = await stage.addRule()
    world.sandbox.faults.add({ path: '/contacts/:contactId', status: 503, times: 1_000 })
    const setOff = (id: string) => stage.tell(id, { tags: stage.tagsWith(id, 'hot') }, 'ContactTagUpdate')
    const dropJobs = sql`delete from pgboss.job where name = 'run-automation' and state in ('created', 'retry')`
    /** Sets it off, and loses its job after a first try. */
    async function giveUp(contactId: string): Promise<void> {
      await setOff(contactId)
      await expect
        .poll(
          async () => {
            await world.database.db.execute(dropJobs)
            const { rows } = await world.database.db.execute(sql`
              select 1 from automation_runs where contact_id = ${contactId} and state = 'waiting'
                and not exists (select 1 from pgboss.job where name = 'run-automation'
                  and state in ('created', 'retry', 'active'))`)
            return rows.length
          },
          { timeout: 10_000 },
        )
        .toBe(1)
    }
    await giveUp(contact.maya)
    world.sandbox.faults.clear()
    world.clock.advance(3 * 3_600_000)
    await world.sendJob('resume-automations', {})
    await expect.poll(() => newTasks().length, { timeout: 10_000 }).toBe(1)

    world.sandbox.faults.add({ path: '/contacts/:contactId', status: 503, times: 1_000 })
    await giveUp(contact.jonas)
    world.clock.advance(4 * 24 * 3_600_000)
    stage = await startRuleStage(world)
    await world.sendJob('resume-automations', {})
    await expect
      .poll(async () => (await stage.log(rule.id))[0], { timeout: 10_000 })
      .toMatchObject({ contactId: contact.jonas, outcome: 'failed', reason: 'gave_up' })
    expect(newTasks()).toEqual([])
  })
})
