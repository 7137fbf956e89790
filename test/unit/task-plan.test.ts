import { describe, expect, it } from 'vitest'
import { ruleInputSchema, type RuleTask } from '../../shared/automation-contract.ts'
import { fillMergeFields, unknownMergeFields } from '../../shared/merge-fields.ts'
import { hashOfTask, planTask, whyNobodys } from '../../server/automations/task-plan.ts'
import type { PlatformContact } from '../../server/highlevel/contact-answers.ts'

const contact: PlatformContact = {
  id: 'contact-1',
  tags: [],
  dateAdded: null,
  dateUpdated: null,
  firstName: 'marisol',
  firstNameRaw: 'Marisol',
  lastName: null,
  companyName: '  ',
  assignedTo: 'user-1',
}
const template: RuleTask = {
  title: 'Call {{contact.first_name|them}}',
  body: 'At {{ contact.company_name | their company }}.',
  due: 'tomorrow',
  assignee: { kind: 'contact_owner' },
}
/** A Monday, 22:30 in Denver: already Tuesday in UTC. */
const when = { nowMs: Date.UTC(2026, 10, 17, 5, 30), timezone: 'America/Denver' }

describe('merge fields', () => {
  it('When a contact has a value, then it is filled in, and else what stands for it', () => {
    const values = new Map([['contact.first_name', 'Zoë']])
    const fill = (text: string) => fillMergeFields(text, (field) => values.get(field) ?? null)
    expect(fill('Hi {{contact.first_name|there}}, {{contact.email}}{{contact.phone|no phone}}')).toBe(
      'Hi Zoë, no phone',
    )
    expect(fill('{{contact.nickname}} {{}} {x}')).toBe('{{contact.nickname}} {{}} {x}')
  })

  it('When a value looks like a merge field or a pattern, then it is taken as it is', () => {
    expect(fillMergeFields('{{contact.name}}!', () => "{{contact.email}} $& $'")).toBe(
      "{{contact.email}} $& $'!",
    )
  })

  it('When a text names what is no merge field, then a rule with it is refused', () => {
    expect(unknownMergeFields('{{contact.nickname|x}} {{contact.name}} {{ user.name }}')).toEqual([
      'contact.nickname',
      'user.name',
    ])
    const rule = { trigger: { kind: 'reply' }, condition: null, isOn: true, dailyLimit: 5 }
    const withTitle = (title: string) => ruleInputSchema.safeParse({ ...rule, task: { ...template, title } })
    expect(withTitle('{{contact.nickname}}').success).toBe(false)
    expect(withTitle('{{contact.name}}').success).toBe(true)
  })
})

describe('the follow-up that a rule plans', () => {
  it('When it is planned, then its texts are the contact’s, and it is due in the location’s zone', () => {
    expect(planTask(template, contact, when)).toEqual({
      title: 'Call Marisol',
      body: 'At their company.',
      // Tuesday 9:00 in Denver, not Wednesday.
      dueDate: '2026-11-17T16:00:00.000Z',
      assignedTo: 'user-1',
    })
  })

  it('When its title comes to nothing, then it has one all the same', () => {
    expect(planTask({ ...template, title: '{{contact.last_name}}' }, contact, when).title).toBe('Follow up')
  })

  it('When the contact is nobody’s, then so is the follow-up, and the reason says so', () => {
    const planned = planTask(template, { ...contact, assignedTo: null }, when)
    expect([planned.assignedTo, whyNobodys(template, planned)]).toEqual([null, 'no_owner'])
    const nobodys = { ...template, assignee: { kind: 'nobody' as const } }
    expect(whyNobodys(nobodys, planTask(nobodys, contact, when))).toBeNull()
  })

  it('When the platform shows it trimmed and its time in another way, then it is known again', () => {
    const planned = planTask({ ...template, title: 'Call ', body: 'One\r\ntwo ' }, contact, when)
    const shown = { id: 't', title: 'Call', body: 'One\ntwo', assignedTo: 'user-1', completed: true }
    expect(hashOfTask({ ...shown, dueDate: '2026-11-17T09:00:00-07:00' })).toBe(hashOfTask(planned))
    expect(hashOfTask({ ...shown, dueDate: '2026-11-18T09:00:00-07:00' })).not.toBe(hashOfTask(planned))
  })
})
