import type { SandboxContact, SandboxMessage, SandboxState } from '../state.ts'
import { html, type SafeHtml } from './shell-html.ts'
import { contactName, userName } from './shell-view.ts'

const shown = 60

export function threadOf(state: SandboxState, contactId: string): SandboxMessage[] {
  return state.messages
    .filter((message) => message.contactId === contactId)
    .sort((one, other) => one.dateAdded.localeCompare(other.dateAdded))
    .slice(-shown)
}

function wayOf(state: SandboxState, message: SandboxMessage): string {
  const provider = state.conversationProviders.find(({ id }) => id === message.conversationProviderId)
  if (provider) return `through ${provider.name}`
  const number = message.direction === 'inbound' ? message.to : message.from
  return number === null ? '' : `${message.direction === 'inbound' ? 'to' : 'from'} ${number}`
}

function authorOf(state: SandboxState, message: SandboxMessage, contact: SandboxContact): string {
  if (message.direction === 'inbound') return contactName(contact)
  const user = state.users.find(({ id }) => id === message.userId)
  return user ? userName(user) : 'An app'
}

function messageArticle(state: SandboxState, message: SandboxMessage, contact: SandboxContact): SafeHtml {
  const { direction, dateAdded, status, providerError } = message
  const told = status === 'failed' && providerError ? `failed: ${providerError.message}` : status
  return html`<article class="bubble ${direction}">
    <p class="hint">${authorOf(state, message, contact)}, ${dateAdded.slice(0, 16).replace('T', ' ')} UTC</p>
    <p>${message.body}</p>
    ${message.attachments.map((address) => html`<p class="hint">${address}</p>`)}
    <p class="hint">${direction === 'outbound' && html`<strong>${told}</strong> `}${wayOf(state, message)}</p>
  </article>`
}

/** The messages alone, oldest first: what a page that is open asks for again and again. */
export function threadMessages(state: SandboxState, contact: SandboxContact): SafeHtml {
  const messages = threadOf(state, contact.id)
  if (messages.length === 0) return html`<p class="hint">No messages yet.</p>`
  return html`${messages.map((message) => messageArticle(state, message, contact))}`
}
