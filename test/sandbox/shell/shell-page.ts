import type { OtherSystem } from '../other-systems.ts'
import type { SandboxApp, SandboxState } from '../state.ts'
import { guidePanel } from './shell-guide.ts'
import { conversationsPage } from './shell-conversation-pages.ts'
import { html, stylesheets, type SafeHtml } from './shell-html.ts'
import { icon, type ShellIcon } from './shell-icons.ts'
import { contactPage, contactsPage, dashboardPage } from './shell-native-pages.ts'
import { settingsPage } from './shell-settings-page.ts'
import { roleName, shellAddress, userName, type ShellPage, type ShellView } from './shell-view.ts'

const menu: { name: string; icon: ShellIcon; page?: ShellPage }[] = [
  { name: 'Dashboard', icon: 'dashboard', page: 'dashboard' },
  { name: 'Conversations', icon: 'conversations', page: 'conversations' },
  { name: 'Calendars', icon: 'calendars' },
  { name: 'Contacts', icon: 'contacts', page: 'contacts' },
  { name: 'Opportunities', icon: 'opportunities' },
  { name: 'Payments', icon: 'payments' },
  { name: 'Wrapup', icon: 'wrapup', page: 'wrapup' },
  { name: 'Settings', icon: 'settings', page: 'settings' },
]

function sideMenu(view: ShellView): SafeHtml {
  const current = view.page === 'contact' ? 'contacts' : view.page
  const entries = menu.map(({ name, icon: iconName, page }) =>
    page
      ? html`<li>
          <a href="${shellAddress(view, { page })}" ${page === current && html`aria-current="page"`}>
            ${icon(iconName)}<span>${name}</span>
          </a>
        </li>`
      : html`<li>
          <a role="link" aria-disabled="true" title="Not part of the sandbox">
            ${icon(iconName)}<span>${name}</span>
          </a>
        </li>`,
  )
  return html`<nav class="side" aria-label="CRM">
    <p class="brand"><span class="brand-mark" aria-hidden="true"></span><span>Sandbox CRM</span></p>
    <ul>
      ${entries}
    </ul>
  </nav>`
}

/** Each option is the address that shows it: a switch is a plain navigation, which reloads the frame. */
function switcher(
  label: string,
  options: readonly { name: string; address: string; chosen: boolean }[],
): SafeHtml {
  return html`<label class="switcher">
    <span>${label}</span>
    <select data-navigates autocomplete="off">
      ${options.map(
        ({ name, address, chosen }) =>
          html`<option value="${address}" ${chosen && html`selected`}>${name}</option>`,
      )}
    </select>
  </label>`
}

function topBar(view: ShellView): SafeHtml {
  const page = view.page === 'contact' ? 'contacts' : view.page
  const locations = view.locations.map((location) => ({
    name: location.name,
    address: shellAddress({ ...view, location }, { page }),
    chosen: location.id === view.location.id,
  }))
  const users = view.users.map((user) => ({
    name: `${userName(user)} (${roleName(user)})`,
    address: shellAddress(
      { ...view, user },
      { page: view.page, ...(view.contactId ? { contactId: view.contactId } : {}) },
    ),
    chosen: user.id === view.user.id,
  }))
  return html`<header class="top">
    ${switcher('Sub-account', locations)}
    <span class="grow"></span>
    ${switcher('User', users)}
  </header>`
}

/** The custom page's address as the CRM opens it; its only variable here is `{{location.id}}`. */
function frameAddress(customPageUrl: string, view: ShellView): string {
  const address = new URL(customPageUrl.replaceAll('{{location.id}}', view.location.id))
  address.searchParams.set('location_id', view.location.id)
  if (view.contactId) address.searchParams.set('contact_id', view.contactId)
  return address.href
}

/** The app's own start of an install, which leads back to where it was asked for. */
export function installAddress(app: SandboxApp, view: ShellView, origin: string): string | undefined {
  const [redirectUri] = app.redirectUris
  if (redirectUri === undefined) return undefined
  const address = new URL('/oauth/install', redirectUri)
  address.searchParams.set('return', new URL(shellAddress(view, { page: 'wrapup' }), origin).href)
  return address.href
}

function wrapupPage(state: SandboxState, view: ShellView, origin: string): SafeHtml {
  const { customPageUrl } = state.app
  const installUrl = installAddress(state.app, view, origin)
  if (!customPageUrl || !installUrl) {
    return html`<section class="empty">
      <h1>No app yet</h1>
      <p>No app is registered in this sandbox.</p>
    </section>`
  }
  if (view.installed) {
    return html`<iframe
      title="Wrapup"
      src="${frameAddress(customPageUrl, view)}"
      allow="clipboard-write"
      data-location="${view.location.id}"
      data-user="${view.user.id}"
    ></iframe>`
  }
  return html`<section class="empty" data-awaits-install="${view.location.id}">
    ${icon('wrapup')}
    <h1>Wrapup is not installed in ${view.location.name}</h1>
    <p>
      Finish a contact in one keystroke: text them, tag them, and leave a follow-up, without leaving the CRM.
    </p>
    <p><a class="button primary" href="${installUrl}">Install Wrapup</a></p>
    <p class="hint">An admin picks the sub-account on the next page. It opens here afterwards.</p>
  </section>`
}

const contents: Record<ShellPage, (state: SandboxState, view: ShellView, origin: string) => SafeHtml> = {
  dashboard: dashboardPage,
  conversations: conversationsPage,
  contacts: contactsPage,
  contact: contactPage,
  wrapup: wrapupPage,
  settings: settingsPage,
}

export function shellDocument(
  state: SandboxState,
  view: ShellView,
  { origin, systems }: { origin: string; systems: readonly OtherSystem[] },
): SafeHtml {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${view.location.name} · Sandbox CRM</title>
        <link rel="icon" href="data:," />
        ${stylesheets('frame', 'native-pages', 'conversations', ...(view.guide ? ['guide', 'systems'] : []))}
        <script type="module" src="/shell/assets/shell.js"></script>
        ${view.guide && html`<script type="module" src="/shell/assets/guide.js"></script>`}
      </head>
      <body class="shell">
        ${sideMenu(view)}
        <div class="workspace">
          ${topBar(view)}
          <div class="stage">
            <main class="${view.page === 'wrapup' && view.installed ? 'framed' : 'native'}">
              ${contents[view.page](state, view, origin)}
            </main>
            ${view.guide && guidePanel(state, view, systems)}
          </div>
        </div>
      </body>
    </html>`
}
