import type { SandboxContact, SandboxState } from '../state.ts'
import { html, type SafeHtml } from './shell-html.ts'
import { contactName, shellAddress, visibleContacts, type ShellView } from './shell-view.ts'

const listed = 40

export function dashboardPage(state: SandboxState, view: ShellView): SafeHtml {
  const here = ({ locationId }: { locationId: string }) => locationId === view.location.id
  const figures: [string, number][] = [
    ['Contacts', visibleContacts(state, view).length],
    ['Open tasks', state.tasks.filter((task) => here(task) && !task.completed).length],
    ['Unread conversations', state.conversations.filter((one) => here(one) && one.unreadCount > 0).length],
  ]
  return html`<h1>Good day, ${view.user.firstName}</h1>
    <dl class="figures">
      ${figures.map(
        ([name, count]) =>
          html`<div class="card">
            <dt>${name}</dt>
            <dd>${count}</dd>
          </div>`,
      )}
    </dl>
    <p><a class="button primary" href="${shellAddress(view, { page: 'wrapup' })}">Open Wrapup</a></p>`
}

function wrapUpLink(view: ShellView, contact: SandboxContact, label: string): SafeHtml {
  return html`<a
    class="button secondary"
    href="${shellAddress(view, { page: 'wrapup', contactId: contact.id })}"
    >${label}</a
  >`
}

export function contactsPage(state: SandboxState, view: ShellView): SafeHtml {
  const contacts = visibleContacts(state, view)
  const rows = contacts.slice(0, listed).map(
    (contact) =>
      html`<tr>
        <th scope="row">
          <a href="${shellAddress(view, { page: 'contact', contactId: contact.id })}"
            >${contactName(contact)}</a
          >
        </th>
        <td>${contact.phone ?? '—'}</td>
        <td>${contact.email ?? '—'}</td>
        <td>${contact.tags.map((tag) => html`<span class="tag">${tag}</span> `)}</td>
      </tr>`,
  )
  return html`<h1>Contacts</h1>
    <p class="hint">
      ${contacts.length} contacts${contacts.length > listed && html`, the first ${listed} shown`}
    </p>
    <div class="table-scroll" tabindex="0" role="region" aria-label="Contacts table">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Phone</th>
            <th scope="col">E-mail</th>
            <th scope="col">Tags</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`
}

export function contactPage(state: SandboxState, view: ShellView): SafeHtml {
  const contact = visibleContacts(state, view).find(({ id }) => id === view.contactId)
  if (!contact) return html`<h1>Contact not found</h1>`
  const facts: [string, string][] = [
    ['Phone', contact.phone ?? 'none'],
    ['E-mail', contact.email ?? 'none'],
    ['Company', contact.companyName ?? 'none'],
    ['Tags', contact.tags.join(', ') || 'none'],
    ['Source', contact.source ?? 'unknown'],
  ]
  return html`<h1>${contactName(contact)}</h1>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    <p>
      ${wrapUpLink(view, contact, `Wrap up ${contact.firstName || 'contact'}`)}
      <a
        class="button secondary"
        href="${shellAddress(view, { page: 'conversations', contactId: contact.id })}"
        >Open conversation</a
      >
    </p>`
}
