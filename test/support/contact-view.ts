import type { FrameLocator } from '@playwright/test'

/** The names that people with assistive technology rely on, as locators. */
export function contactView(app: FrameLocator) {
  const textbox = (name: string) => app.getByRole('textbox', { name, exact: true })
  const button = (name: string) => app.getByRole('button', { name, exact: true })
  const list = (name: string) => app.getByRole('list', { name, exact: true })
  return {
    search: app.getByRole('searchbox', { name: 'Search contacts' }),
    contacts: list('Contacts').getByRole('link'),
    heading: app.getByRole('heading', { level: 1 }),
    conversation: app.getByRole('log', { name: 'Conversation' }),
    /** Shown only where something came below what one reads. */
    newMessage: app.getByRole('button', { name: /new message/i }),
    message: textbox('Message'),
    send: button('Send'),
    tags: list('Tags').getByRole('listitem'),
    addTag: app.getByRole('combobox', { name: 'Add tag' }),
    followUps: list('Follow-ups').getByRole('listitem'),
    followUp: textbox('Follow-up'),
    due: app.getByLabel('Due', { exact: true }),
    assignee: app.getByRole('combobox', { name: 'Assignee' }),
    addFollowUp: button('Add follow-up'),
    notes: list('Notes').getByRole('listitem'),
    note: textbox('Note'),
    addNote: button('Add note'),
    wrapUp: app.getByRole('button', { name: 'Wrap up' }),
    wrapUpResult: app.getByRole('status', { name: 'Wrap-up result' }),
    alert: app.getByRole('alert'),
  }
}

export type ContactView = ReturnType<typeof contactView>
