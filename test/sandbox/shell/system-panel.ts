import type { OtherSystem } from '../other-systems.ts'
import type { SandboxContact, SandboxState } from '../state.ts'
import { html, type SafeHtml } from './shell-html.ts'
import { contactName, shellAddress, visibleContacts, type ShellView } from './shell-view.ts'

const shownTexts = 6

function systemSteps(view: ShellView): SafeHtml {
  return html`<ol>
    <li>As an admin, connect a system in the settings of Wrapup, with its credentials below.</li>
    <li>
      Choose “Wrapup texts” in the
      <a href="${shellAddress(view, { page: 'settings' })}">phone settings of the CRM</a>.
    </li>
    <li>
      Text somebody in <a href="${shellAddress(view, { page: 'conversations' })}">Conversations</a>, or in
      Wrapup. The text comes to the phone below: answer it.
    </li>
    <li>Connect the other system and choose it in Wrapup: the next text goes by that.</li>
  </ol>`
}

function webhookForm({ id, name, setUpWebhook }: OtherSystem): SafeHtml | false {
  if (!setUpWebhook) return false
  return html`<form data-control="/sandbox/systems/webhook">
    <input type="hidden" name="system" value="${id}" />
    <label class="field">${name} webhook address <input name="url" type="url" required /></label>
    <button class="secondary" type="submit">Save in ${name}</button>
    <output></output>
  </form>`
}

function systemSection(system: OtherSystem): SafeHtml {
  return html`<h3>${system.name}</h3>
    <dl>
      ${system.credentials.map(
        ({ label, value }) =>
          html`<dt>${label}</dt>
            <dd><code>${value}</code></dd>`,
      )}
    </dl>
    ${webhookForm(system)}`
}

/** Somebody's phone: what came to it, and what its owner sends. */
function phoneForm(state: SandboxState, view: ShellView, systems: readonly OtherSystem[]): SafeHtml {
  const owners = visibleContacts(state, view).filter(({ phone }) => phone)
  const lastTexted = systems.flatMap(({ texts }) => texts()).at(-1)?.phone
  const isHeld = ({ id, phone }: SandboxContact) =>
    view.contactId === null ? phone === lastTexted : id === view.contactId
  return html`<h2>A phone</h2>
    <div role="log" aria-label="On the phone" data-live="/shell/phone">${phoneTexts(systems)}</div>
    <form data-control="/sandbox/systems/receive">
      <label class="field"
        >Of
        <select name="phone">
          ${owners.map(
            (owner) =>
              html`<option value="${owner.phone}" ${isHeld(owner) && html`selected`}>
                ${contactName(owner)}
              </option>`,
          )}
        </select></label
      >
      <label class="field"
        >Through
        <select name="system">
          ${systems.map(({ id, name }) => html`<option value="${id}">${name}</option>`)}
        </select></label
      >
      <label class="field">Text <input name="text" value="Thanks, see you then!" /></label>
      <button class="secondary" type="submit">Send</button>
      <button class="secondary" type="submit" name="word" value="STOP">STOP</button>
      <button class="secondary" type="submit" name="word" value="START">START</button>
      <output></output>
    </form>`
}

export function phoneTexts(systems: readonly OtherSystem[]): SafeHtml {
  const texts = systems.flatMap(({ name, texts: textsOf }) =>
    textsOf().map((text) => Object.assign({ name }, text)),
  )
  if (texts.length === 0) return html`<p class="hint">Nothing yet.</p>`
  return html`${texts
    .slice(-shownTexts)
    .map(
      ({ name, phone, text, isInbound, status }) =>
        html`<p class="hint">
          ${isInbound ? 'From' : 'To'} ${phone}, ${name}, ${status}:<br /><strong>${text}</strong>
        </p>`,
    )}`
}

/** The other SMS systems of the demo: their credentials, and a phone that is in their reach. */
export function systemPanel(
  state: SandboxState,
  view: ShellView,
  systems: readonly OtherSystem[],
): SafeHtml | false {
  if (systems.length === 0 || !view.installed) return false
  return html`<section class="systems" aria-label="Other SMS systems">
    <h2>Other SMS systems</h2>
    ${systemSteps(view)} ${systems.map(systemSection)} ${phoneForm(state, view, systems)}
  </section>`
}
