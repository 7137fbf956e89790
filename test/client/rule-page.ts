import { onTestFinished } from 'vitest'
import { type AutomationRule, ruleInputSchema } from '../../shared/automation-contract.ts'
import { sampleRule } from '../support/sample-rule.ts'
import { ok } from './fake-server.ts'
import { button, createStandardServer, eventually, openPage, textsOf } from './page-harness.ts'

export const hotRule: AutomationRule = {
  id: 'rule-1',
  ...sampleRule,
  condition: { kind: 'is_assigned' },
  createdAt: '2026-11-01T10:00:00.000Z',
  updatedAt: '2026-11-01T10:00:00.000Z',
  recent: { created: 3, leftOut: 2 },
}
export const hotSentence =
  "When the tag “hot” is added and the contact has an owner, remind the contact's owner tomorrow 9:00: Call {{contact.first_name|them}}."

/** A server that keeps the rules it is given. */
export function ruleServer(initial: AutomationRule[]) {
  const server = createStandardServer()
  const state = { rules: initial }
  server.on('GET /api/installation', ok({ installation: undefined }))
  server.on('GET /api/failed-jobs', ok({ failedJobs: [] }))
  server.on('GET /api/automations', () => ok({ rules: state.rules }))
  server.on('POST /api/automations', ({ body }) => {
    const rule = { ...hotRule, id: `rule-${state.rules.length + 1}`, ...ruleInputSchema.parse(body) }
    state.rules = [...state.rules, rule]
    return ok({ rule }, 201)
  })
  server.on('PUT /api/automations/rule-1', ({ body }) => {
    const rule = { ...hotRule, ...ruleInputSchema.parse(body) }
    state.rules = [rule]
    return ok({ rule })
  })
  server.on('DELETE /api/automations/rule-1', () => {
    state.rules = []
    return { status: 204 }
  })
  return { server, state }
}

/** Translating the page takes longer than the page should take to show it. */
export async function loadRulesPage(): Promise<void> {
  await import('../../client/views/SettingsView.vue')
  await import('../../client/components/automation/RuleEditor.vue')
}

/** The settings of that server, until the test is over. */
export async function showRules(server: ReturnType<typeof ruleServer>['server']): Promise<void> {
  const { close } = await openPage({ path: '/settings', server })
  onTestFinished(close)
}

export async function openRulesPage(initial: AutomationRule[] = [hotRule]) {
  const { server, state } = ruleServer(initial)
  await showRules(server)
  await eventually(() => button('New rule'))
  return { server, state }
}

export const rows = () => textsOf('ul[aria-label="Follow-up rules"] li')
