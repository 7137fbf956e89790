import type { FailureCode } from './api/api-error.ts'

/** Every word of the page. Never the platform's brand: the page is shown under many. */
export const texts = {
  product: 'Wrapup',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',
  edit: 'Edit',
  remove: 'Delete',
  retry: 'Try again',
  undo: 'Undo',
  dismiss: 'Dismiss',
  open: 'Open',
  loading: 'Loading…',
  today: 'Today',
  yesterday: 'Yesterday',
  reference: (requestId: string) => `Reference ${requestId}`,
  offline: 'You are offline. What you type is kept; send it when the connection is back.',
  reconnecting: 'Live updates are interrupted. Reconnecting…',
  missedFailure: (name: string, what: string) => `${name}: ${what}`,
  pageOutdated: 'A part of the page could not be loaded. Wrapup may have been updated in the meantime.',
  reload: 'Reload',
  footer: { shortcuts: 'Keyboard shortcuts', settings: 'Settings' },

  list: {
    landmark: 'Contact list',
    search: 'Search contacts',
    placeholder: 'Name, phone or email',
    name: 'Contacts',
    recent: 'Recent conversations',
    results: 'Search results',
    you: 'You:',
    unread: (count: number) => `${count} unread`,
    marks: { failed: 'Failed', draft: 'Draft' },
    showNewest: (writers: number) => `Show ${writers} new`,
    nothingRecent: 'No conversations yet',
    nothingRecentHint: 'Search for a contact to write the first message.',
    nothingFound: (query: string) => (query ? `Nobody found for “${query}”` : 'Nobody found'),
    nothingFoundHint: 'Try a part of the name, the phone number or the email address, or # and a whole tag.',
    failed: 'The contacts could not be loaded.',
    loadedCount: (count: number, more: boolean) => `${count}${more ? ' or more' : ''} contacts`,
  },

  session: {
    connecting: 'Connecting to your CRM…',
    standalone: 'Open Wrapup inside your CRM',
    standaloneHint:
      'Wrapup works from within a sub-account: open your CRM and choose Wrapup in its menu. Nothing can be shown here, since only the CRM can say who you are.',
    silent: 'Your CRM did not answer',
    silentHint:
      'Wrapup asked the CRM who you are and waited ten seconds. Try again; if this stays so, reload the CRM page or ask your admin to check the app’s shared secret.',
    install: 'Connect Wrapup to this sub-account',
    installHint:
      'Wrapup is not installed here yet. An admin can connect it in a minute; then come back to this page.',
    reconnect: 'The connection to your CRM has ended',
    reconnectHint:
      'The CRM no longer accepts Wrapup’s access, for example because it was uninstalled or its permissions changed. An admin can connect it again. What you typed is kept on this page.',
    connect: 'Connect',
    connectAgain: 'Connect again',
    opensNewTab: '(opens in a new tab)',
    switched: 'You switched to another user or sub-account',
    switchedHint: 'Opening it…',
    failed: 'Wrapup could not sign you in',
    refused: {
      location_suspended: {
        title: 'This sub-account is suspended',
        hint: 'The CRM has paused it, so nothing can be sent or changed. Ask your agency to reactivate it.',
      },
      location_required: {
        title: 'Choose a sub-account first',
        hint: 'Wrapup works inside a sub-account. Switch to one in your CRM and open Wrapup there.',
      },
      forbidden: {
        title: 'You have no access to this sub-account',
        hint: 'Your CRM user does not belong to it. Ask an admin to add you, or switch to a sub-account of yours.',
      },
    },
  },

  empty: {
    title: 'Who is next?',
    hint: 'Pick a contact on the left, or search for one. Then text, tag, follow up and note it, all at once.',
  },
} as const

/** Why a call failed and what to do about it; the place that shows it says what was not done. */
const reasons: Record<FailureCode, string> = {
  validation: 'Something in it is missing or too long. Check what you entered.',
  unauthenticated: 'Your session has ended. Try again to renew it.',
  session_expired: 'Your session has ended. Try again to renew it.',
  forbidden: 'Your CRM user may not do this. Ask an admin.',
  location_required: 'Open Wrapup inside a sub-account.',
  not_found: 'It no longer exists in the CRM, or it is assigned to somebody else.',
  conflict: 'Somebody changed it in the meantime. Look at it again, then retry.',
  reconnect_required: 'The CRM no longer accepts Wrapup’s access. An admin has to connect it again.',
  location_suspended: 'This sub-account is suspended in the CRM. Ask your agency to reactivate it.',
  too_large: 'It is too long. Shorten it.',
  unsupported_media_type: 'The request was not understood. Reload the page.',
  dnd_active: 'The contact is on do not disturb, so the CRM refuses texts to them.',
  no_phone: 'The contact has no phone number. Add one in your CRM.',
  rejected: 'The CRM refused it. Check what you entered.',
  rate_limited: 'The CRM asks us to slow down. Try again in a moment.',
  internal: 'Something broke on our side. Try again; if it stays so, tell your admin the reference.',
  upstream_failed: 'The CRM answered with an error. Try again in a moment.',
  upstream_unavailable: 'The CRM cannot be reached right now. Try again in a moment.',
  outcome_unknown:
    'The CRM’s answer was lost, so it may or may not have happened. Look before you repeat it.',
  offline: 'You are offline, so it never left this page. Try again when the connection is back.',
  no_answer: 'No answer arrived. Check your connection, then try again.',
  cancelled: 'It was stopped before it finished. Try again.',
  unexpected: 'The answer was not understood. Try again; if it stays so, reload the page.',
}

export function failureReason(failure: {
  code: FailureCode
  retryAfterSeconds?: number | undefined
}): string {
  const { code, retryAfterSeconds: seconds } = failure
  if (code !== 'rate_limited' || seconds === undefined) return reasons[code]
  return `The CRM asks us to slow down. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`
}
