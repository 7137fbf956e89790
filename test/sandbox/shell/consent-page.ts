import type { SandboxLocation, SandboxState, SandboxUser } from '../state.ts'
import { html, type SafeHtml, stylesheets } from './shell-html.ts'
import { isAgencyUser, roleName, userName } from './shell-view.ts'

export type ConsentView = {
  state: SandboxState
  user: SandboxUser
  locations: readonly SandboxLocation[]
  chosenLocationId: string | undefined
  /** The guide installs by itself in a moment, unless its visitor chooses. */
  guide: boolean
  scopes: readonly string[]
  /** Why the last answer was not accepted. */
  problem?: string
}

const scopeWords: Record<string, string> = {
  contacts: 'Contacts, with their tags, notes and tasks',
  conversations: 'Conversations',
  'conversations/message': 'Messages in conversations',
  locations: 'Sub-account details',
  'locations/tags': 'Tags of the sub-account',
  'locations/tasks': 'Tasks of the sub-account',
  'locations/templates': 'Message templates',
  'locations/customFields': 'Custom fields',
  users: 'Users and their permissions',
  oauth: 'Its own installation',
  'marketplace-installer-details': 'Who installed it',
  phonenumbers: 'Phone numbers of the sub-account',
}

function consentFrame(title: string, content: SafeHtml): SafeHtml {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Sandbox CRM</title>
        <link rel="icon" href="data:," />
        ${stylesheets('consent')}
        <script type="module" src="/shell/assets/consent.js"></script>
      </head>
      <body class="consent">
        <main class="card">
          <p class="brand"><span class="brand-mark" aria-hidden="true"></span> Sandbox CRM</p>
          ${content}
        </main>
      </body>
    </html>`
}

/** "contacts.readonly contacts.write" reads as one line: what, and whether it may be changed. */
function grantedLines(scopes: readonly string[]): SafeHtml[] {
  const areas = [...new Set(scopes.map((scope) => scope.replace(/\.(readonly|write|read)$/, '')))]
  return areas.map((area) => {
    const changes = scopes.includes(`${area}.write`)
    return html`<li>
      ${scopeWords[area] ?? area}: <strong>${changes ? 'read and change' : 'read'}</strong>
    </li>`
  })
}

function signedIn({ state, user }: ConsentView): SafeHtml {
  const admins = state.users.filter(({ deleted, roles }) => !deleted && roles.role === 'admin')
  const users = admins.includes(user) ? admins : [user, ...admins]
  const options = users.map(
    (one) =>
      html`<option value="${one.id}" ${one.id === user.id && html`selected`}>
        ${userName(one)} (${roleName(one)})
      </option>`,
  )
  return html`<label class="field">
    Signed in as
    <select name="user_id" id="signed-in">
      ${options}
    </select>
  </label>`
}

function locationChoices({ user, locations, chosenLocationId }: ConsentView): SafeHtml {
  const several = isAgencyUser(user)
  const choices = locations.map(
    ({ id, name, address }) =>
      html`<label class="choice">
        <input
          type="${several ? 'checkbox' : 'radio'}"
          name="location_id"
          value="${id}"
          ${id === chosenLocationId && html`checked`}
        />
        <span>${name}<small>${address}</small></span>
      </label>`,
  )
  return html`<fieldset>
    <legend>${several ? 'Choose one or more sub-accounts' : 'Choose a sub-account'}</legend>
    ${choices}
  </fieldset>`
}

export function consentDocument(view: ConsentView): SafeHtml {
  const mayInstall = view.user.roles.role === 'admin'
  return consentFrame(
    'Install Wrapup',
    html`<h1>Install Wrapup</h1>
      ${view.problem && html`<p role="alert" class="problem">${view.problem}</p>`}
      <form method="post">
        ${signedIn(view)}
        ${
          mayInstall
            ? locationChoices(view)
            : html`<p role="alert" class="problem">Only an admin can install apps. Ask yours to do it.</p>`
        }
        <section aria-labelledby="granted">
          <h2 id="granted">Wrapup will be able to use</h2>
          <ul class="granted">
            ${grantedLines(view.scopes)}
          </ul>
        </section>
        ${mayInstall && view.guide && !view.problem && html`<p class="hint" role="status" data-installs-in="5"></p>`}
        <div class="actions">
          <button class="secondary" name="decision" value="cancel">Cancel</button>
          ${mayInstall && html`<button class="primary" name="decision" value="install">Install</button>`}
        </div>
      </form>`,
  )
}

export function consentErrorDocument(reason: string): SafeHtml {
  return consentFrame(
    'Cannot install',
    html`<h1>This app cannot be installed</h1>
      <p role="alert" class="problem">${reason}</p>
      <p><a href="/">Back to the CRM</a></p>`,
  )
}
