import { beforeAll, describe, expect, test } from 'vitest'
import type { RuleRun } from '../../shared/automation-contract.ts'
import { failure, ok } from './fake-server.ts'
import { button, element, eventually, textsOf } from './page-harness.ts'
import {
  hotRule,
  hotSentence,
  loadRulesPage,
  openRulesPage,
  rows,
  ruleServer,
  showRules,
} from './rule-page.ts'
import { me, sampleSession } from './sample-data.ts'

describe('follow-up rules in the settings', () => {
  beforeAll(loadRulesPage)

  test('When there are rules, then each is one plain sentence, with what was left out', async () => {
    await openRulesPage()
    await eventually(() => expect(rows()).toHaveLength(1))
    expect(rows()[0]).toContain(hotSentence)
    expect(rows()[0]).toContain('3 follow-ups in the last 24 hours')
    expect(rows()[0]).toContain('2 left out in the last 24 hours: this rule adds 100 a day at most.')
  })

  test('When a rule is turned off and the answer takes long, then it says so and takes no second press', async () => {
    const { server } = await openRulesPage()
    let answer = (): void => {}
    server.on('PUT /api/automations/rule-1', async () => {
      await new Promise<void>((resolve) => (answer = resolve))
      return ok({ rule: hotRule })
    })
    await eventually(() => element('[role="switch"]').click())
    await eventually(() => expect(rows()[0]).toContain('Saving…'))
    element('[role="switch"]').click()
    await eventually(() => expect(server.callsTo('PUT /api/automations/rule-1')).toHaveLength(1))
    answer()
    await eventually(() => expect(rows()[0]).not.toContain('Saving…'))
    expect(server.callsTo('PUT /api/automations/rule-1')).toHaveLength(1)
  })

  test('When a rule is turned off, then it says so; and a failure leaves it as it was', async () => {
    const { server } = await openRulesPage()
    const turn = () => element<HTMLInputElement>('[role="switch"]')
    await eventually(() => turn().click())
    await eventually(() => expect(turn().checked).toBe(false))
    expect(textsOf('[role="status"]')).toContain('The rule is off.')
    server.on('PUT /api/automations/rule-1', failure('upstream_unavailable', 503))
    turn().click()
    await eventually(() => expect(textsOf('[role="alert"]').join()).toContain('The rule was not saved.'))
    expect(turn().checked).toBe(false)
  })

  test('When a rule is deleted, then it asks first, and the keyboard goes on at the heading', async () => {
    const { server } = await openRulesPage()
    await eventually(() => button(`Delete: ${hotSentence}`).click())
    await eventually(() => button('Delete rule').click())
    await eventually(() => expect(textsOf('section p')).toContain('There are no rules yet.'))
    expect(server.callsTo('DELETE /api/automations/rule-1')).toHaveLength(1)
    await eventually(() => expect(document.activeElement?.textContent).toBe('Follow-up rules'))
  })

  test('When an admin asks what the rules did, then each says what, why and for whom, and more on demand', async () => {
    const { server } = await openRulesPage()
    const run: RuleRun = {
      id: 2,
      ruleId: 'rule-1',
      contactId: 'contact-1',
      at: '2026-11-20T10:00:00.000Z',
      trigger: 'tag_added',
      outcome: 'created',
      reason: 'assignee_gone',
      taskId: 'task-1',
    }
    const older: RuleRun = { ...run, id: 1, ruleId: 'gone', outcome: 'skipped', reason: 'daily_limit' }
    server.on('GET /api/automations/log', ({ params }) =>
      ok(
        params['cursor'] === 'next'
          ? { entries: [older], nextCursor: null }
          : { entries: [run], nextCursor: 'next' },
      ),
    )
    button('Show what the rules did').click()
    const entries = () => textsOf('ul[aria-label="What the rules did"] li')
    await eventually(() => expect(entries()).toHaveLength(1))
    expect(entries()[0]).toContain('the assignee is no longer in this sub-account')
    expect(entries()[0]).toContain(hotSentence)
    const link = element<HTMLAnchorElement>('ul[aria-label="What the rules did"] a')
    expect(link.getAttribute('href')).toBe('/contacts/contact-1')
    button('Show more').click()
    button('Show more').click()
    await eventually(() => expect(entries()).toHaveLength(2))
    expect(server.callsTo('GET /api/automations/log')).toHaveLength(2)
    expect(entries()[1]).toMatch(/as many as it may in 24 hours.*A rule that was deleted/s)
    expect(document.body.textContent).not.toContain('Show more')

    server.on('GET /api/automations/log', ok({ entries: [{ ...run, id: 3 }], nextCursor: null }))
    button('Refresh').click()
    await eventually(() => expect(entries()).toHaveLength(1))
  })

  test('When somebody who is no admin opens them, then the rules can be read and not changed', async () => {
    const { server } = ruleServer([hotRule])
    server.on('POST /api/session', () =>
      ok(sampleSession({ user: { ...me, role: 'user', assignedDataOnly: false } })),
    )
    await showRules(server)
    await eventually(() => expect(rows()).toHaveLength(1))
    expect(textsOf('button')).not.toContain('New rule')
    expect(document.querySelector('[role="switch"]')).toBeNull()
  })

  test('When the rules cannot be read, then it says so and tries again', async () => {
    const { server } = ruleServer([hotRule])
    server.on('GET /api/automations', failure('upstream_unavailable', 503))
    await showRules(server)
    await eventually(() => expect(textsOf('[role="alert"]').join()).toContain('The rules could not be read.'))
    server.on('GET /api/automations', ok({ rules: [hotRule] }))
    button('Try again').click()
    await eventually(() => expect(rows()).toHaveLength(1))
  })
})
