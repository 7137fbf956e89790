import { afterEach, describe, expect, test } from 'vitest'
import { type Answer, failure, ok } from './fake-server.ts'
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
import { sampleTask } from './sample-data.ts'

const labels = () => [...document.querySelectorAll<HTMLLabelElement>('ul[aria-label="Follow-ups"] label')]
const titles = () => labels().map((label) => label.textContent.trim())
const boxOf = (title: string) => labels()[titles().indexOf(title)]?.control as HTMLInputElement
const isTicked = (title = 'Call back') => boxOf(title).checked
const alerts = () => textsOf('[role="alert"]').join()
const withOther = [sampleTask(), sampleTask({ id: 'other', title: 'Other' })]
const answered = (completed: boolean) => ok({ task: sampleTask({ completed }) })

describe('ticking follow-ups', () => {
  let close = () => {}
  afterEach(() => close())

  /** Each tick is answered when the test says so, in the order in which they were sent. */
  async function open(tasks = [sampleTask()]) {
    const server = createStandardServer()
    const held: ((answer: Answer) => void)[] = []
    server.on('GET /api/contacts/contact-1/tasks', ok({ tasks }))
    server.on('PUT /api/contacts/:id/tasks/:id/completed', () => new Promise((answer) => held.push(answer)))
    const page = await openContact({ server })
    close = page.close
    await eventually(() => expect(labels()).toHaveLength(tasks.filter(({ completed }) => !completed).length))
    return {
      ...page,
      sent: (taskId = 'task-1') =>
        server.callsTo(`PUT /api/contacts/contact-1/tasks/${taskId}/completed`).map(({ body }) => body),
      async answerNext(answer: Answer): Promise<void> {
        await eventually(() => expect(held).not.toEqual([]))
        held.shift()?.(answer)
      },
    }
  }

  async function click(checked: boolean, title = 'Call back'): Promise<void> {
    boxOf(title).click()
    await eventually(() => expect(isTicked(title)).toBe(checked))
  }

  /** What is asked for later is sent later: what was to be sent before has been. */
  async function tickOther({ sent }: Awaited<ReturnType<typeof open>>): Promise<void> {
    await click(true, 'Other')
    await eventually(() => expect(sent('other')).toHaveLength(1))
  }

  test('When one is ticked and unticked at once, then the second is sent once the first is answered', async () => {
    const page = await open(withOther)
    await click(true)
    await click(false)
    await tickOther(page)
    expect(page.sent()).toEqual([{ completed: true }])
    await page.answerNext(answered(true))
    await eventually(() => expect(page.sent()).toEqual([{ completed: true }, { completed: false }]))
    expect(isTicked()).toBe(false)
  })

  test('When the contact was left and is open again before the answer, then ticks show and keep their order', async () => {
    const page = await open()
    await click(true)
    await eventually(() => expect(page.sent()).toHaveLength(1))
    await page.router.push('/contacts/contact-2')
    await eventually(() => expect(labels()).toEqual([]))
    await page.router.push('/contacts/contact-1')
    await eventually(() => button('Show 1 done').click())
    await eventually(() => expect(isTicked()).toBe(true))
    await click(false)
    expect(page.sent()).toHaveLength(1)
    await page.answerNext(answered(true))
    await eventually(() => expect(page.sent()).toEqual([{ completed: true }, { completed: false }]))
    await page.answerNext(answered(false))
    await eventually(() => expect(isTicked()).toBe(false))
  })

  test('When both are refused, then it is as the CRM has it', async () => {
    const { answerNext } = await open()
    await click(true)
    await click(false)
    await answerNext(failure('upstream_failed', 502))
    await answerNext(failure('upstream_failed', 502))
    await eventually(() => expect(alerts()).toContain('The follow-up was not changed.'))
    expect(isTicked()).toBe(false)
  })

  test('When only the second is refused, then what the first came to shows', async () => {
    const { answerNext } = await open()
    await click(true)
    await click(false)
    await answerNext(answered(true))
    await answerNext(failure('upstream_failed', 502))
    await eventually(() => expect(alerts()).toContain('The follow-up was not changed.'))
    expect(isTicked()).toBe(true)
  })

  test('When the first is refused and the second done, then nothing is said', async () => {
    const { answerNext } = await open()
    await click(true)
    await click(false)
    await answerNext(failure('upstream_failed', 502))
    await answerNext(ok({ task: sampleTask({ title: 'Call back soon' }) }))
    await eventually(() => expect(titles()).toEqual(['Call back soon']))
    expect(alerts()).toBe('')
    expect(isTicked('Call back soon')).toBe(false)
  })

  test('When one is deleted while its tick is not answered, then it does not come back', async () => {
    const page = await open(withOther)
    const deleted = 'DELETE /api/contacts/contact-1/tasks/task-1'
    page.server.on(deleted, { status: 204 })
    await click(true)
    button('Delete follow-up').click()
    await eventually(() => element('[role="alertdialog"]'))
    element('[role="alertdialog"] .button-danger').click()
    await tickOther(page)
    expect(page.server.callsTo(deleted)).toEqual([])
    await page.answerNext(answered(true))
    await eventually(() => expect(titles()).toEqual(['Other']))
    expect(page.server.callsTo(deleted)).toHaveLength(1)
  })

  const three = ['First', 'Second', 'Third'].map((title, index) =>
    sampleTask({ id: title, title, dueDate: `2099-01-0${index + 1}T10:00:00Z` }),
  )
  const inOrder = three.map(({ title }) => title)

  test('When one is ticked, then it keeps its place, so that a second click meets it, until one comes back', async () => {
    const { router, server, answerNext } = await open(three)
    await click(true, 'First')
    expect(titles()).toEqual(inOrder)
    const done = sampleTask({ ...three[0], completed: true })
    await answerNext(ok({ task: { ...done, body: 'Was done' } }))
    await eventually(() => expect(textsOf('.item-body')).toEqual(['Was done']))
    expect(titles()).toEqual(inOrder)

    server.on('GET /api/contacts/contact-1/tasks', ok({ tasks: [done, ...three.slice(1)] }))
    await router.push('/contacts/contact-2')
    await eventually(() => expect(titles()).toEqual([]))
    await router.push('/contacts/contact-1')
    await eventually(() => expect(titles()).toEqual(['Second', 'Third']))
    button('Show 1 done').click()
    await eventually(() => expect(titles()).toEqual(['Second', 'Third', 'First']))
  })

  test('When one is opened again, then it keeps its place among the done ones', async () => {
    const { answerNext } = await open([...three.slice(1), sampleTask({ id: 'done', completed: true })])
    button('Show 1 done').click()
    await eventually(() => expect(titles()).toEqual(['Second', 'Third', 'Call back']))
    await click(false)
    expect(titles()).toEqual(['Second', 'Third', 'Call back'])
    await answerNext(ok({ task: sampleTask({ id: 'done', body: 'Is open' }) }))
    await eventually(() => expect(textsOf('.item-body')).toEqual(['Is open']))
    expect(titles()).toEqual(['Second', 'Third', 'Call back'])
  })

  test('When a follow-up comes in while another is pressed, then no row moves until the click was heard', async () => {
    const page = await open(three.slice(1))
    const added = Promise.withResolvers<Answer>()
    page.server.on('POST /api/contacts/:id/tasks', () => added.promise)
    type(fields.followUp, 'First')
    await eventually(() => expect(button('Add follow-up').disabled).toBe(false))
    button('Add follow-up').click()
    await eventually(() => expect(page.server.callsTo('POST /api/contacts/contact-1/tasks')).toHaveLength(1))
    const box = boxOf('Second')
    box.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    added.resolve(ok({ task: three[0] }, 201))
    await eventually(() => expect(element<HTMLInputElement>(fields.followUp).value).toBe(''))
    expect(titles()).toEqual(['Second', 'Third'])
    box.dispatchEvent(new Event('pointerup', { bubbles: true }))
    box.click()
    await eventually(() => expect(titles()).toEqual(inOrder))
    expect(isTicked('Second')).toBe(true)
    await eventually(() => expect(page.sent('Second')).toEqual([{ completed: true }]))
  })
})
