import { afterEach, describe, expect, test } from 'vitest'
import { duePresets } from '../../shared/due-presets.ts'
import { heldAnswer, ok } from './fake-server.ts'
import {
  button,
  createStandardServer,
  element,
  eventually,
  fields,
  openContact,
  textsOf,
  type,
} from './page-harness.ts'
import { me, sampleTask } from './sample-data.ts'
import { taskPart, valueOf, wrapUp } from './wrap-up-samples.ts'

const due = () => element<HTMLSelectElement>('.due-choice select')
const byHand = '#follow-up-due'
const when = () => document.getElementById(due().getAttribute('aria-describedby') ?? '')?.textContent ?? ''
const thisYear = new Date().getFullYear()

async function openWithDate(reading: string, server = createStandardServer()) {
  server.on('POST /api/contacts/:id/wrap-up', ok({ parts: {} }))
  const page = await openContact({ server })
  type(fields.followUp, 'Call back')
  due().value = 'custom'
  due().dispatchEvent(new Event('change', { bubbles: true }))
  await eventually(() => element(byHand))
  type(byHand, reading)
  return page
}

describe('when a follow-up is due', () => {
  let close = () => {}
  afterEach(() => close())

  test('When the date is emptied, then a wrap-up leaves the follow-up out, and the field says why', async () => {
    const page = await openWithDate('')
    close = page.close
    await eventually(() => expect(element(byHand).getAttribute('aria-invalid')).toBe('true'))
    expect(element(byHand).getAttribute('aria-describedby')).toBe(due().getAttribute('aria-describedby'))
    expect(when()).toContain('Choose a date and a time.')

    type(fields.note, 'Nice')
    wrapUp()
    await eventually(() =>
      expect(page.server.callsTo('POST /api/contacts/contact-1/wrap-up')[0]?.body).toEqual({
        note: { body: 'Nice' },
      }),
    )
    await eventually(() => expect(document.activeElement?.id).toBe('follow-up-due'))
    expect(element<HTMLInputElement>(fields.followUp).value).toBe('Call back')
  })

  test('When only a follow-up without a date is there, then nothing is sent', async () => {
    const page = await openWithDate('')
    close = page.close
    await eventually(() => expect(when()).toContain('Choose a date and a time.'))
    wrapUp()
    await eventually(() => expect(document.activeElement?.id).toBe('follow-up-due'))
    expect(element(fields.result).textContent).toContain('The follow-up is left out: it has no date.')
    expect(page.server.callsTo('POST /api/contacts/contact-1/wrap-up')).toEqual([])
  })

  test('When the date is in the past, then it says so and takes it all the same', async () => {
    const page = await openWithDate('2020-01-01T09:00')
    close = page.close
    await eventually(() => expect(when()).toMatch(/2020.*This is in the past\.$/s))
    expect(element(byHand).getAttribute('aria-invalid')).toBe('false')
    wrapUp()
    await eventually(() =>
      expect(page.server.callsTo('POST /api/contacts/contact-1/wrap-up')[0]?.body).toMatchObject({
        task: { dueDate: '2020-01-01T16:00:00.000Z' },
      }),
    )
  })

  test('When the date is of another year, then the year shows', async () => {
    const page = await openWithDate(`${thisYear + 1}-03-02T09:00`)
    close = page.close
    await eventually(() => expect(when()).toContain(String(thisYear + 1)))
    expect(when()).not.toContain('past')
    type(byHand, `${thisYear}-12-31T09:00`)
    await eventually(() => expect(when()).not.toContain(String(thisYear)))
  })

  describe('changed while it is being added', () => {
    const assignee = () => element<HTMLSelectElement>('.assignee select')
    const choices = () => [valueOf(fields.followUp), due().value, assignee().value]
    const alone = {
      route: 'POST /api/contacts/contact-1/tasks',
      answer: ok({ task: sampleTask({ title: 'Call' }) }, 201),
      add: () => button('Add follow-up').click(),
    }
    const wrappedUp = {
      route: 'POST /api/contacts/contact-1/wrap-up',
      answer: ok({ parts: { task: taskPart('Call') } }),
      add: wrapUp,
    }

    function choose(select: HTMLSelectElement, value: string): void {
      select.value = value
      select.dispatchEvent(new Event('change', { bubbles: true }))
    }

    /** What happens before the answer, and what the form says afterwards. */
    async function addMeanwhile({ route, answer, add }: typeof alone, change: () => void): Promise<unknown> {
      const server = createStandardServer()
      const held = heldAnswer(answer)
      server.on(route, held.handler)
      const page = await openContact({ server })
      close = page.close
      await eventually(() => expect(assignee().options).toHaveLength(3))
      type(fields.followUp, 'Call')
      await eventually(() => expect(button('Add follow-up').disabled).toBe(false))
      add()
      await eventually(() => expect(server.callsTo(route)).toHaveLength(1))
      change()
      held.release()
      // It takes another once it is done with this one.
      await eventually(() => expect(textsOf('ul[aria-label="Follow-ups"] label')).toEqual(['Call']))
      await eventually(() => expect(button('Add follow-up').disabled).toBe(choices()[0] === ''))
      return choices()
    }

    test.each([
      ['alone', alone],
      ['by a wrap-up', wrappedUp],
    ])('When it is added %s and another day is chosen, then the form keeps it', async (_way, way) => {
      const day = await addMeanwhile(way, () => choose(due(), 'in_three_days'))
      expect(day).toEqual(['', 'in_three_days', me.id])
    })

    test.each([
      ['alone', alone],
      ['by a wrap-up', wrappedUp],
    ])('When it is added %s and somebody else is chosen, then the form keeps it', async (_way, way) => {
      const somebody = await addMeanwhile(way, () => choose(assignee(), 'user-2'))
      expect(somebody).toEqual(['', 'tomorrow', 'user-2'])
    })

    test.each([
      ['alone', alone],
      ['by a wrap-up', wrappedUp],
    ])('When it is added %s and nothing is changed, then the form is empty', async (_way, way) => {
      expect(await addMeanwhile(way, () => {})).toEqual(['', 'tomorrow', me.id])
    })
  })

  test('When a task has been overdue since another year, then it says since which', async () => {
    const server = createStandardServer()
    server.on('GET /api/contacts/:id/tasks', ok({ tasks: [sampleTask({ dueDate: '2020-01-01T10:00:00Z' })] }))
    const page = await openContact({ server })
    close = page.close
    await eventually(() =>
      expect(element('ul[aria-label="Follow-ups"] p').textContent).toMatch(/^Overdue since .*2020/),
    )
  })

  test('When the choices show, then the time of day is as the language of the user writes it', async () => {
    const page = await openContact()
    close = page.close
    const nine = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit', timeZone: 'UTC' })
    const choices = [...due().options].slice(0, duePresets.length).map((option) => option.text.trim())
    expect(choices).toEqual([`Tomorrow ${nine.format(Date.UTC(2026, 0, 1, 9))}`, 'In 3 days', 'Next Monday'])
  })
})
