import type { SandboxContact, SandboxState } from '../state.ts'
import type { OtherSystem } from '../other-systems.ts'
import { guideLevers, type GuideLever } from './guide-levers.ts'
import { html, type SafeHtml } from './shell-html.ts'
import { systemPanel } from './system-panel.ts'
import { contactName, shellAddress, visibleContacts, type ShellView } from './shell-view.ts'

function contactLink(view: ShellView, contact: SandboxContact | undefined): SafeHtml | undefined {
  return (
    contact &&
    html`<a href="${shellAddress(view, { page: 'wrapup', contactId: contact.id })}"
      >${contactName(contact)}</a
    >`
  )
}

function steps(state: SandboxState, view: ShellView): SafeHtml[] {
  const contacts = visibleContacts(state, view).filter(({ firstName }) => /^\p{L}{2,20}$/u.test(firstName))
  const silenced = ({ dnd, dndSettings: { SMS } }: SandboxContact) =>
    dnd || SMS?.status === 'active' || SMS?.status === 'permanent'
  const blocked = contacts.find((contact) => contact.phone && silenced(contact))
  const phoneless = contacts.find(({ phone }) => !phone)
  const reachable = contacts.find((contact) => contact.phone && contact.tags.length > 0 && !silenced(contact))
  const restricted = view.users.find(({ permissions }) => permissions.assignedDataOnly)
  return [
    !view.installed && html`<li>Install the app in this sub-account.</li>`,
    html`<li>Find a contact: type in the search, <kbd>↓</kbd>, <kbd>Enter</kbd>.</li>`,
    html`<li>
      Write a message, a tag, a follow-up and a note, then press <kbd>Ctrl</kbd> <kbd>Enter</kbd>: all in one,
      each with its own result.
    </li>`,
    html`<li>Press <kbd>?</kbd> for all shortcuts.</li>`,
    reachable && html`<li>Come from the CRM with a contact: ${contactLink(view, reachable)}.</li>`,
    blocked && html`<li>See why you cannot text ${contactLink(view, blocked)} (do not disturb).</li>`,
    phoneless && html`<li>Nor ${contactLink(view, phoneless)} (no phone).</li>`,
    restricted &&
      html`<li>
        Look as
        <a href="${shellAddress({ ...view, user: restricted }, { page: 'wrapup' })}"
          >${restricted.firstName}</a
        >, who sees only what is assigned to them.
      </li>`,
    view.installed &&
      html`<li>
        As an admin, look at the follow-up rules in the settings of Wrapup, and at what they did: now and then
        a colleague tags somebody as a hot lead, and a follow-up appears.
      </li>`,
  ].filter((step) => step !== undefined && step !== false)
}

function leverList(levers: readonly GuideLever[]): SafeHtml {
  return html`<h2>Make it happen</h2>
    <ul>
      ${levers.map(
        ({ label, calls, done }) =>
          html`<li>
            <button class="secondary" type="button" data-calls="${JSON.stringify(calls)}" data-done="${done}">
              ${label}
            </button>
          </li>`,
      )}
    </ul>`
}

/** What to try in the demo, and the levers of the stand-in CRM. */
export function guidePanel(state: SandboxState, view: ShellView, systems: readonly OtherSystem[]): SafeHtml {
  const levers = guideLevers(state, view)
  return html`<details class="guide" open>
    <summary>What to try</summary>
    <ol>
      ${steps(state, view)}
    </ol>
    ${systemPanel(state, view, systems)} ${levers.length > 0 && leverList(levers)}
    <p role="status"></p>
  </details>`
}
