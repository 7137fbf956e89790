import type { SandboxState } from '../state.ts'
import { html, type SafeHtml } from './shell-html.ts'
import { shellAddress, type ShellView } from './shell-view.ts'

function choice(value: string, chosen: boolean, name: string, about: string): SafeHtml {
  return html`<label class="choice"
    ><input type="radio" name="provider" value="${value}" ${chosen && html`checked`} />
    <span>${name}<small>${about}</small></span></label
  >`
}

/** The sub-account's phone settings: who carries its texts. Choosing takes an admin. */
export function settingsPage(state: SandboxState, view: ShellView): SafeHtml {
  const { smsProviderId } = view.location
  const numbers = state.phoneNumbers.filter(({ locationId }) => locationId === view.location.id)
  const providers = state.conversationProviders.filter(
    ({ appId, isCustom }) => appId === state.app.appId && !isCustom,
  )
  const offered = view.installed ? providers : []
  return html`<h1>Phone settings</h1>
    <form class="settings" method="post" action="${shellAddress(view, { page: 'settings' })}">
      <fieldset ${view.user.roles.role !== 'admin' && html`disabled`}>
        <legend>SMS provider</legend>
        ${choice(
          '',
          smsProviderId === null,
          'Own numbers',
          numbers.map(({ phoneNumber }) => phoneNumber).join(', '),
        )}
        ${offered.map(({ id, name }) =>
          choice(id, id === smsProviderId, name, 'By the app Wrapup, through the system connected there'),
        )}
      </fieldset>
      <button class="primary" type="submit" ${view.user.roles.role !== 'admin' && html`disabled`}>
        Save
      </button>
    </form>
    <p class="hint">
      ${
        view.user.roles.role === 'admin'
          ? 'Texts of this page, of workflows and of apps leave through the provider chosen here.'
          : 'Only an admin chooses who carries the texts.'
      }
    </p>`
}
