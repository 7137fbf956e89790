import type { SandboxContact, SandboxState } from '../state.ts'
import { html, type SafeHtml } from './shell-html.ts'
import { threadMessages, threadOf } from './shell-thread.ts'
import { contactName, shellAddress, visibleContacts, type ShellView } from './shell-view.ts'

const listed = 30

function conversationList(state: SandboxState, view: ShellView): SafeHtml {
  const contacts = new Map(visibleContacts(state, view).map((contact) => [contact.id, contact]))
  const rows = state.conversations
    .toSorted((one, other) => other.lastMessageDate.localeCompare(one.lastMessageDate))
    .flatMap(({ contactId }) => contacts.get(contactId) ?? [])
    .slice(0, listed)
    .map((contact) => {
      const isOpen = contact.id === view.contactId
      return html`<li>
        <a
          href="${shellAddress(view, { page: 'conversations', contactId: contact.id })}"
          ${isOpen && html`aria-current="true"`}
          ><strong>${contactName(contact)}</strong><span>${threadOf(state, contact.id).at(-1)?.body}</span></a
        >
      </li>`
    })
  return html`<ul class="conversations" aria-label="Conversations">
    ${rows}
  </ul>`
}

function composer(view: ShellView, contact: SandboxContact): SafeHtml {
  const { refusal } = view
  const address = shellAddress(view, { page: 'conversations', contactId: contact.id })
  return html`<form class="composer" method="post" action="${address}">
    ${refusal && html`<p class="problem" role="alert">Not sent. ${refusal.reason}</p>`}
    <label class="field">Message<textarea name="text" rows="3" required>${refusal?.text}</textarea></label>
    <button class="primary" type="submit">Send</button>
  </form>`
}

function isOnDnd({ dnd, dndSettings: { SMS } }: SandboxContact): boolean {
  return dnd || SMS?.status === 'active' || SMS?.status === 'permanent'
}

/** Address of the messages alone. */
function liveAddress(view: ShellView, contact: SandboxContact): string {
  const query = { user_id: view.user.id, location_id: view.location.id, contact_id: contact.id }
  return `/shell/thread?${new URLSearchParams(query)}`
}

function thread(state: SandboxState, view: ShellView, contact: SandboxContact): SafeHtml {
  return html`<section class="thread" aria-label="Thread">
    <h1>${contactName(contact)}</h1>
    <p class="hint">
      ${contact.phone ?? 'No phone number'}${isOnDnd(contact) && html` <span class="tag">Do not disturb</span>`}
    </p>
    <div
      class="messages"
      role="log"
      aria-label="Messages"
      tabindex="0"
      data-live="${liveAddress(view, contact)}"
    >
      ${threadMessages(state, contact)}
    </div>
    ${composer(view, contact)}
  </section>`
}

/** The CRM's own page of texts: who was spoken with, and the thread of the one that is open. */
export function conversationsPage(state: SandboxState, view: ShellView): SafeHtml {
  const contact = visibleContacts(state, view).find(({ id }) => id === view.contactId)
  return html`<div class="inbox">
    ${conversationList(state, view)}
    ${
      contact
        ? thread(state, view, contact)
        : html`<section class="thread">
            <h1>Conversations</h1>
            <p class="hint">Choose one to read and answer it.</p>
          </section>`
    }
  </div>`
}
