import { beforeAll, describe, expect, test } from 'vitest'
import { failure, ok } from './fake-server.ts'
import { choose, errorOf, field } from './labelled-field.ts'
import { button, element, eventually, press, textsOf, type } from './page-harness.ts'
import { hotRule, hotSentence, loadRulesPage, openRulesPage, rows } from './rule-page.ts'
import { me, sampleContact } from './sample-data.ts'

describe('the editor of a follow-up rule', () => {
  beforeAll(loadRulesPage)

  test('When a rule is made, then what is missing is told at its field, and then it is saved and listed', async () => {
    const { server } = await openRulesPage([])
    button('New rule').click()
    await eventually(() => element('[role="dialog"] form'))
    choose('Something happens', 'A field changes')
    await eventually(() => element(field('To (empty: anything)')))
    choose('Field', 'Owner')
    await eventually(() => expect(element(field('To (empty: anything)')).tagName).toBe('SELECT'))
    choose('To (empty: anything)', 'Luis Prado')
    choose('Condition', 'The contact has a tag')
    await eventually(() => element(field('Tag')))
    type(field('Details'), 'Ask {{contact.nickname}}')
    button('Save rule').click()
    await eventually(() => expect(errorOf('Tag')).toBe('Fill this in.'))
    expect(errorOf('Title')).toBe('Fill this in.')
    expect(errorOf('Details')).toBe('There is no {{contact.nickname}}.')
    expect(document.activeElement).toBe(element(field('Tag')))
    expect(server.callsTo('POST /api/automations')).toEqual([])

    type(field('Tag'), ' vip ')
    type(field('Title'), 'Say hello to {{contact.name|them}}')
    type(field('Details'), '')
    choose('Assignee', 'Luis Prado')
    choose('Due', 'Next Monday')
    button('Save rule').click()
    await eventually(() => expect(document.querySelector('[role="dialog"]')).toBeNull())
    expect(server.callsTo('POST /api/automations')[0]?.body).toEqual({
      trigger: { kind: 'field_changed', field: 'assignedTo', from: null, to: 'user-2' },
      condition: { kind: 'has_tag', tag: 'vip' },
      task: {
        title: 'Say hello to {{contact.name|them}}',
        body: '',
        due: 'next_monday',
        assignee: { kind: 'user', userId: 'user-2' },
      },
      isOn: true,
      dailyLimit: 100,
    })
    await eventually(() =>
      expect(rows().join()).toContain(
        'When Owner changes to “Luis Prado” and the contact has the tag “vip”, remind Luis Prado next Monday 9:00',
      ),
    )
    expect(textsOf('[role="status"]')).toContain('The rule was saved.')
  })

  test('When a rule is tried with a real contact, then it shows what would be added, and makes nothing', async () => {
    const { server } = await openRulesPage()
    server.on('GET /api/contacts', ok({ contacts: [sampleContact()], nextCursor: null }))
    const preview = {
      conditionHolds: true,
      title: 'Call Marisol',
      body: '',
      dueDate: '2026-11-22T16:00:00.000Z',
      assignedTo: me.id,
    }
    server.on('POST /api/automations/preview', ok(preview))
    await eventually(() => button(`Edit: ${hotSentence}`).click())
    await eventually(() => type('[aria-label="Contact to try it with"]', 'mari'))
    button('Find').click()
    await eventually(() => button('Marisol Vega').click())
    const shown = () => textsOf('[role="dialog"] [role="status"]').join()
    await eventually(() => expect(shown()).toMatch(/Call Marisol.*Assigned to Dana Whitfield/s))
    const [call] = server.callsTo('POST /api/automations/preview')
    expect(call?.body).toEqual({ contactId: 'contact-1', condition: hotRule.condition, task: hotRule.task })

    server.on('POST /api/automations/preview', ok({ ...preview, conditionHolds: false }))
    button('Marisol Vega').click()
    await eventually(() => expect(shown()).toContain('The condition does not hold for Marisol Vega'))
    expect(server.calls.filter(({ method }) => method === 'PUT')).toEqual([])
  })

  test('When the owner is watched instead of another field, then what was typed for that one is not kept', async () => {
    const { server } = await openRulesPage([])
    button('New rule').click()
    await eventually(() => element('[role="dialog"] form'))
    choose('Something happens', 'A field changes')
    await eventually(() => type(field('To (empty: anything)'), 'referral'))
    choose('Condition', 'A field is')
    await eventually(() => type(field('Value'), 'web'))
    const fields = [...document.querySelectorAll('[role="dialog"] select')].filter((select) =>
      select.textContent?.includes('Company'),
    )
    for (const select of fields) {
      if (!(select instanceof HTMLSelectElement)) throw new Error('no select')
      select.value = 'assignedTo'
      select.dispatchEvent(new Event('change', { bubbles: true }))
    }
    type(field('Title'), 'Say hello')
    await eventually(() => expect(element(field('Value')).tagName).toBe('SELECT'))
    button('Save rule').click()
    // An owner is needed now, and the text that was typed is none.
    await eventually(() => expect(errorOf('Value')).toBe('Fill this in.'))
    choose('Value', 'Luis Prado')
    button('Save rule').click()
    await eventually(() => expect(document.querySelector('[role="dialog"]')).toBeNull())
    expect(server.callsTo('POST /api/automations')[0]?.body).toMatchObject({
      trigger: { field: 'assignedTo', to: null },
      condition: { field: 'assignedTo', value: 'user-2' },
    })
  })

  test('When a rule names a user who is no longer listed, then they stay chosen', async () => {
    await openRulesPage([
      { ...hotRule, trigger: { kind: 'field_changed', field: 'assignedTo', from: null, to: 'user-gone' } },
    ])
    await eventually(() => element('[aria-label^="Edit: When Owner changes"]').click())
    await eventually(() =>
      expect(
        element<HTMLSelectElement>(field('To (empty: anything)')).selectedOptions[0]?.textContent,
      ).toContain('Somebody else'),
    )
  })

  test('When the rule is changed after it was tried, then what it would have added is shown no longer', async () => {
    const { server } = await openRulesPage()
    server.on('GET /api/contacts', ok({ contacts: [sampleContact()], nextCursor: null }))
    const preview = { conditionHolds: true, title: 'Call Marisol', body: '', assignedTo: null }
    let answer = (): void => {}
    server.on('POST /api/automations/preview', async () => {
      await new Promise<void>((resolve) => (answer = resolve))
      return ok({ ...preview, dueDate: '2026-11-22T16:00:00.000Z' })
    })
    await eventually(() => button(`Edit: ${hotSentence}`).click())
    await eventually(() => button('Find').click())
    const shown = () => textsOf('[role="dialog"] [role="status"]').join()
    await eventually(() => button('Marisol Vega').click())
    await eventually(() => expect(shown()).toContain('Looking…'))
    answer()
    await eventually(() => expect(shown()).toContain('Call Marisol'))
    type(field('Title'), 'Write to them')
    await eventually(() => expect(shown()).not.toContain('Call Marisol'))

    button('Marisol Vega').click()
    await eventually(() => expect(server.callsTo('POST /api/automations/preview')).toHaveLength(2))
    type(field('Title'), 'Something else')
    answer()
    await eventually(() => expect(shown()).not.toContain('Looking…'))
    expect(shown()).not.toContain('Call Marisol')
  })

  test('When the editor is closed with something typed, then it asks first', async () => {
    const { server } = await openRulesPage()
    button('New rule').click()
    await eventually(() => type(field('Title'), 'Call them'))
    const answerQuestion = async (name: string) => {
      await eventually(() => element('[role="alertdialog"]'))
      const choices = [...document.querySelectorAll<HTMLElement>('[role="alertdialog"] button')]
      choices.find((choice) => choice.textContent?.trim() === name)?.click()
      await eventually(() => expect(document.querySelector('[role="alertdialog"]')).toBeNull())
    }
    press(element('[role="dialog"]'), 'Escape')
    await answerQuestion('Cancel')
    expect(element<HTMLInputElement>(field('Title')).value).toBe('Call them')
    press(element('[role="dialog"]'), 'Escape')
    await answerQuestion('Close without saving')
    await eventually(() => expect(document.querySelector('[role="dialog"]')).toBeNull())
    expect(server.callsTo('POST /api/automations')).toEqual([])
  })

  test('When a rule cannot be saved, then the reason speaks of rules and not of the CRM', async () => {
    const { server } = await openRulesPage()
    const alerts = () => textsOf('[role="alert"]').join()
    server.on('PUT /api/automations/rule-1', failure('not_found', 404))
    await eventually(() => element('[role="switch"]').click())
    await eventually(() => expect(alerts()).toContain('Somebody deleted it in the meantime.'))
    server.on('POST /api/automations', failure('rejected', 422))
    button('New rule').click()
    await eventually(() => type(field('Tag'), 'vip'))
    type(field('Title'), 'Call them')
    button('Save rule').click()
    await eventually(() => expect(alerts()).toContain('There can be 50 rules.'))
  })

  test('When somebody closes the editor by Escape, then nothing is saved', async () => {
    const { server } = await openRulesPage()
    button('New rule').click()
    await eventually(() => element('[role="dialog"] form'))
    press(element('[role="dialog"]'), 'Escape')
    await eventually(() => expect(document.querySelector('[role="dialog"]')).toBeNull())
    expect(server.callsTo('POST /api/automations')).toEqual([])
  })
})
