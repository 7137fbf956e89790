/** What background work is called where people read it; a name that is new here is shown as it is. */
const jobNames: Readonly<Record<string, string>> = {
  'process-webhooks': 'Take in a change from the CRM',
  'run-automation': 'Add a follow-up by a rule',
  'learn-contacts': 'Look through the contacts for the follow-up rules',
  'sync-run': 'Compare all contacts with Heymarket',
  'sync-contact': 'Sync a contact with Heymarket',
  'sync-note': 'Carry a note over to Heymarket',
  'sync-poll': 'Ask Heymarket for changed contacts',
  'mint-location': 'Connect this sub-account through its agency',
}

/** Every word of the settings, for admins. */
export const settingsTexts = {
  settings: {
    title: 'Settings',
    back: 'Back',
    sections: 'Sections',
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
    replay: (what: string) => `Try again: ${what}`,
    replayed: (what: string) => `${what}: on its way again.`,
    replayFailed: (what: string) => `${what} was not started again.`,
    loadFailed: 'The failed background work could not be read.',
  },
} as const
