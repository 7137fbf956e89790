import type { RuleInput } from '../../shared/automation-contract.ts'

/** A rule that waits for a tag; a test says what is different. */
export const sampleRule: RuleInput = {
  trigger: { kind: 'tag_added', tag: 'hot' },
  condition: null,
  task: {
    title: 'Call {{contact.first_name|them}}',
    body: '',
    due: 'tomorrow',
    assignee: { kind: 'contact_owner' },
  },
  isOn: true,
  dailyLimit: 100,
}
