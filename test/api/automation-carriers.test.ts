import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { carrierNames } from '../../shared/provider-contract.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createCarrierStage, type CarrierStage } from '../support/carrier-stage.ts'
import { type RuleStage, startRuleStage } from '../support/rule-stage.ts'
import { sampleRule } from '../support/sample-rule.ts'
import { startWorld, type World } from '../support/world.ts'

const { contact } = seedIds
const kinds = ['delivery_failed', 'reply', 'opt_out'] as const

describe.each(carrierNames)('follow-up rules and what comes through %s', (carrier) => {
  let world: World
  let carriers: CarrierStage
  let stage: RuleStage
  let known: string[]

  beforeAll(async () => {
    world = await startWorld({ carriers: true })
    world.sandbox.behaviour.rateLimit = { ...world.sandbox.behaviour.rateLimit, max: 5_000 }
    carriers = await createCarrierStage(world)
    await carriers.use(carrier)
    stage = await startRuleStage(world)
    for (const kind of kinds) {
      await stage.addRule({ trigger: { kind }, task: { ...sampleRule.task, title: kind } })
    }
    known = stage.taskIds()
  })
  afterAll(() => world.close())

  const newTitles = () =>
    world.sandbox.state.tasks.filter(({ id }) => !known.includes(id)).map(({ title }) => title)

  async function hears(text: string): Promise<void> {
    const { phone } = stage.contactOf(contact.maya)
    carriers.receive(carrier, phone ?? '', text)
    await world.heymarket.settle()
    await world.bulksms.settle()
    await carriers.quiet()
    await stage.rest()
  }

  it('When somebody replies, then there is one follow-up, though the CRM tells of the reply as well', async () => {
    await hears('Tuesday is fine')
    expect(newTitles()).toEqual(['reply'])
  })

  it('When a text is refused, then there is one follow-up for it', async () => {
    known = stage.taskIds()
    carriers.faults(carrier).add({ method: 'POST', path: /send$|messages$/, times: 5, status: 400 })
    const id = await carriers.writeInCrm('This one is refused')
    await carriers.settled(id, 'failed')
    carriers.faults(carrier).clear()
    await carriers.passTime()
    await stage.rest()
    await expect.poll(() => carriers.crmStatus(id), { timeout: 10_000 }).toBe('failed')
    await stage.rest()
    expect(newTitles()).toEqual(['delivery_failed'])
  })

  it('When somebody writes STOP, then there is one follow-up for that, and the echo makes no second', async () => {
    known = stage.taskIds()
    await hears('STOP')
    expect(stage.contactOf(contact.maya).dndSettings.SMS?.status).toBe('active')
    await stage.change(contact.maya, {}, 'ContactDndUpdate')
    expect(newTitles().filter((title) => title === 'opt_out')).toEqual(['opt_out'])
  })
})
