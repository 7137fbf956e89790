import type { FailureCode } from './api/api-error.ts'

/** What background work is called where people read it; a name that is new here is shown as it is. */
const jobNames: Readonly<Record<string, string>> = {
  'process-webhooks': 'Take in a change from the CRM',
  'mint-location': 'Connect this sub-account through its agency',
  'sweep-location': 'Look for changes in the CRM that nobody told of',
  'run-automation': 'Add a follow-up by a rule',
  'learn-contacts': 'Look through the contacts for the follow-up rules',
  'sync-run': 'Compare all contacts with Heymarket',
  'sync-contact': 'Sync a contact with Heymarket',
  'sync-note': 'Carry a note over to Heymarket',
  'sync-poll': 'Ask Heymarket for changed contacts',
  'carrier-events': 'Take in what another SMS system tells',
  'send-provider-message': 'Send a text of the CRM through another SMS system',
  'tell-provider-status': 'Tell the CRM what became of a text',
  'deliver-inbound': 'Put a reply into the conversation',
  'poll-provider-reports': 'Ask another SMS system what became of texts',
  'follow-contact-dnd': 'Pass do not disturb on to another SMS system',
  'read-replies': 'Read replies that another SMS system did not tell of',
  'read-opt-outs': 'Read who opted out in another SMS system',
}

/** Most work has another SMS system at its other end, and a code does not say whose it was. */
const jobReasons: Partial<Readonly<Record<FailureCode, string>>> = {
  not_found: 'What it was about is no longer there.',
  conflict: 'It was changed in the meantime, or the SMS system was disconnected.',
  rejected: 'The CRM or the SMS system did not accept it.',
  rate_limited: 'The CRM or the SMS system asked us to slow down.',
  upstream_failed: 'The CRM or the SMS system answered with an error.',
  upstream_unavailable: 'The CRM or the SMS system could not be reached.',
  outcome_unknown: 'An answer was lost, so it may or may not have happened. Look before you try it again.',
}

/** Every word of the settings, for admins. */
export const settingsTexts = {
  settings: {
    title: 'Settings',
    back: 'Back',
    sections: 'Sections',
    refresh: 'Refresh',
    connection: 'Connection',
    subAccount: 'Sub-account',
    connectedOn: 'Connected on',
    connectedBy: 'Connected through',
    viaAgency: 'The agency',
    viaSubAccount: 'This sub-account',
    permissions: 'Permissions',
    permissionCount: (count: number) => `${count} granted`,
    missing: 'Some permissions are missing',
    missingHint: (scopes: string) =>
      `Parts of Wrapup cannot work without: ${scopes}. Connect again to grant them.`,
    loadFailed: 'The connection could not be read.',
    disconnect: 'Disconnect',
    disconnectHint:
      'Uninstalls Wrapup from this sub-account for everybody. Messages, tags, follow-ups and notes remain in the CRM.',
    confirmDisconnect: 'Disconnect Wrapup from this sub-account?',
    confirmDisconnectHint:
      'Nobody here can use Wrapup until it is connected again. Everything sent, tagged and noted so far remains in the CRM; Wrapup deletes its access.',
    disconnectFailed: 'Wrapup was not disconnected.',
    adminsOnly: 'Only admins can see the connection.',
  },

  failedJobs: {
    name: 'Failed background work',
    hint: 'Wrapup tried these several times and gave up. Once the cause is gone, try them again: nothing is done twice.',
    what: (name: string) => jobNames[name] ?? name.replaceAll('-', ' '),
    when: (when: string, attempts: number) =>
      `${when}, after ${attempts} ${attempts === 1 ? 'try' : 'tries'}`,
    interrupted: 'Wrapup was stopped while it worked on this.',
    reasons: jobReasons,
    replay: (what: string) => `Try again: ${what}`,
    replayed: (what: string) => `${what}: on its way again.`,
    replayFailed: (what: string) => `${what} was not started again.`,
    loadFailed: 'The failed background work could not be read.',
  },
} as const
