import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RulesAnswer } from '../../shared/automation-contract.ts'
import { addDemoRules, demoTag, tagSomebody } from '../sandbox/demo-life.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startRuleStage, type RuleStage } from '../support/rule-stage.ts'
import { startWorld, type World } from '../support/world.ts'

const { location } = seedIds

describe('the life of the demo', () => {
  let world: World
  let stage: RuleStage

  beforeAll(async () => {
    world = await startWorld()
    await world.installed()
    stage = await startRuleStage(world)
  })
  afterAll(() => world.close())

  test('When a sub-account is furnished twice, then each rule is there once; and a tagged lead gets a follow-up', async () => {
    await addDemoRules(world, location.main)
    await addDemoRules(world, location.main)
    const { rules } = (await stage.admin.get('/automations')).body as RulesAnswer
    expect(rules.map(({ trigger }) => trigger.kind).toSorted()).toEqual(['delivery_failed', 'tag_added'])

    await stage.rest()
    world.clock.advance(60_000)
    const before = new Set(world.sandbox.state.tasks.map(({ id }) => id))
    tagSomebody(world, location.main)
    await stage.rest()
    const added = world.sandbox.state.tasks.filter(({ id }) => !before.has(id))
    expect(added.map(({ title }) => title)).toEqual([
      expect.stringMatching(/^Call .+ while the interest is fresh$/),
    ])
    const lead = world.sandbox.state.contacts.find(({ id }) => id === added[0]?.contactId)
    expect(lead?.tags).toContain(demoTag)
    expect(added[0]?.assignedTo).toBe(lead?.assignedTo)
  })
})
