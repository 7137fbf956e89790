import { expect, vi } from 'vitest'
import { ok } from './fake-server.ts'
import { button, createStandardServer, element, eventually, openContact, press } from './page-harness.ts'
import { sampleTask } from './sample-data.ts'

export type ItemPage = Awaited<ReturnType<typeof openWithItems>>

export const editors = {
  note: 'textarea[aria-label="Edit note"]',
  task: 'ul[aria-label="Follow-ups"] form input[type="text"]',
} as const

export const sampleNote = {
  id: 'note-1',
  contactId: 'contact-1',
  body: 'Budget 18k',
  userId: null,
  at: '2026-11-20T10:00:00Z',
}

/** Opens a contact that has a note and a follow-up, beside a list with others; restore all mocks at the end. */
export async function openWithItems() {
  // Nothing has a size here; the list draws the rows that fit its height.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(300)
  const server = createStandardServer()
  server.on('GET /api/contacts/contact-1/notes', ok({ notes: [sampleNote] }))
  server.on('GET /api/contacts/contact-1/tasks', ok({ tasks: [sampleTask()] }))
  const page = await openContact({ server })
  await eventually(() => expect(button('Next contact').disabled).toBe(false))
  await eventually(() => button('Edit note'))
  await eventually(() => button('Edit follow-up'))
  return page
}

/** To the next or previous contact of the list, where the keyboard is in the message then. */
export async function goTo(
  page: ItemPage,
  direction: 'ArrowDown' | 'ArrowUp',
  number: number,
): Promise<void> {
  press(document.activeElement ?? document, direction, { altKey: true })
  await eventually(() => {
    expect(page.router.currentRoute.value.path).toBe(`/contacts/contact-${number}`)
    expect(document.activeElement?.id).toBe('message-field')
  })
}

export async function openEditor(name: string, editor: string): Promise<void> {
  button(name).click()
  await eventually(() => expect(document.activeElement).toBe(element(editor)))
}

/** Presses a button of the question that was asked. */
export async function answerQuestion(name: string): Promise<void> {
  await eventually(() => element('[role="alertdialog"]'))
  const choices = [...document.querySelectorAll<HTMLElement>('[role="alertdialog"] button')]
  choices.find((choice) => choice.textContent?.trim() === name)?.click()
}

/** What a row of the list is described by. */
export function describedBy(name: string): string {
  const link = [...document.querySelectorAll('ul[aria-label="Contacts"] a')].find(
    (found) => found.textContent?.trim() === name,
  )
  const description = document.getElementById(link?.getAttribute('aria-describedby') ?? '')
  return [...(description?.children ?? [])].map((part) => part.textContent?.trim()).join(' ')
}
