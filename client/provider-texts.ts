import type { CarrierName } from '../shared/provider-contract.ts'

type CarrierWords = {
  about: string
  idLabel: string
  secretLabel: string
  /** Where its credentials are found, step by step. */
  whereTo: readonly string[]
  /** What a person should know before it is connected. */
  beforeConnecting: readonly string[]
  remains: string
}

const carriers: Readonly<Record<CarrierName, CarrierWords>> = {
  heymarket: {
    about: 'Texts go out from the number of a Heymarket inbox; replies come back into the conversation.',
    idLabel: 'Secret ID',
    secretLabel: 'Secret key',
    whereTo: [
      'In Heymarket, open Settings, Integrations, API.',
      'Create an API secret. Its key is shown only once.',
      'Copy both parts into the fields below. If there is no API entry, ask Heymarket to switch it on.',
    ],
    beforeConnecting: [
      'Do not disturb in the CRM unsubscribes the contact in Heymarket, and a STOP there sets do not disturb here.',
    ],
    remains:
      'The webhook that you set up by hand stays in Heymarket: delete it there. Texts, replies and contacts stay in both systems.',
  },
  bulksms: {
    about: 'Texts go out with your BulkSMS credits, all over the world.',
    idLabel: 'Token ID',
    secretLabel: 'Token secret',
    whereTo: [
      'In BulkSMS, open Settings, then Developer or Advanced, then API Tokens.',
      'Create a token. Its secret is shown only once.',
      'Copy both parts into the fields below.',
    ],
    beforeConnecting: [
      'Do not disturb in the CRM puts the number on BulkSMS’s block list. That is one way: Wrapup cannot take a number off again; ask BulkSMS to do it.',
      'BulkSMS bills texts to blocked numbers, so Wrapup asks its own list first and does not send them.',
    ],
    remains:
      'Wrapup takes down its webhooks there. Numbers on BulkSMS’s block list stay blocked, and texts and replies stay in the CRM.',
  },
}

/** Every word about who carries the texts. */
export const providerTexts = {
  carriers,
  crmAbout: 'Texts go out from the numbers of this sub-account, as the CRM itself sends them.',

  section: {
    title: 'Texting',
    hint: 'Choose who carries the texts that are sent here. Conversations stay in the CRM whatever you choose.',
    group: 'Who carries the texts',
    loadFailed: 'The ways to send texts could not be read.',
    empty: 'No other SMS system can be connected here.',
    emptyHint: 'Texts go out from the numbers of this sub-account.',
    inUse: 'In use',
    connected: 'Connected',
    broken: 'Not working',
    notConnected: 'Not connected',
    connect: 'Connect',
    connectNamed: (name: string) => `Connect ${name}`,
    capabilities: 'What it can do',
    can: 'Yes:',
    cannot: 'No:',
    use: (name: string) => `Send texts through ${name}`,
    useHint: (name: string) =>
      `From then on every text that is sent here goes out through ${name}, for everybody in this sub-account.`,
    keep: 'Keep as it is',
    chosen: (name: string) => `Texts go out through ${name} now.`,
    chooseFailed: (name: string) => `Texts do not go out through ${name}.`,
    carriedBy: (name: string) => `Texts from here go out through ${name}.`,
    adminsChoose: 'Only admins can change this.',
  },

  connection: {
    details: (name: string) => `Connection to ${name}`,
    credentials: 'Credentials',
    since: 'Connected on',
    credits: 'Credits left',
    noCredits: 'Nothing can be sent until you buy credits in BulkSMS.',
    recent: 'Last 24 hours',
    counts: (sent: string, delivered: string, failed: string, received: string) =>
      `${sent} sent, ${delivered} delivered, ${failed} failed, ${received} received`,
    replies: 'Replies',
    automatic: 'Set up by Wrapup',
    hasBeenCalled: 'Webhook works',
    waitingForCall: 'Webhook has not been called yet',
    needsWebhook: 'Webhook is not set up: replies do not arrive',
    setUpWebhook: 'Set up the webhook',
    showWebhook: 'Show the webhook',
    broken: (name: string) => `${name} does not take texts from here, so none goes out.`,
    brokenHint: 'Check the connection, or enter new credentials.',
    checkAgain: 'Check the connection',
    renew: 'Enter new credentials',
    lastError: (when: string) => `Last problem, ${when}:`,
    change: 'Change',
    changeNamed: (name: string) => `Change the connection to ${name}`,
    test: 'Send a test text',
    disconnect: 'Disconnect',
    disconnectNamed: (name: string) => `Disconnect ${name}`,
    confirmDisconnect: (name: string) => `Disconnect ${name}?`,
    /** @param remains what disconnecting does not take away */
    confirmHint: (remains: string, isChosen: boolean) =>
      `Wrapup deletes the credentials.${isChosen ? ' Texts go out from the CRM numbers again.' : ''} ${remains}`,
    disconnectFailed: (name: string) => `${name} was not disconnected.`,
    disconnected: (name: string) => `${name} is disconnected.`,
    leftovers: (name: string) => `Some of it is still in ${name}; remove it there:`,
  },

  test: {
    field: 'Your own mobile number',
    hint: 'With the country code, such as +1 303 555 0100. It costs what a text costs.',
    send: 'Send test',
    sending: 'Sending…',
    badNumber: 'Enter the number with a plus and the country code.',
    failed: 'The test text was not sent.',
    outcome: {
      accepted: (name: string) => `${name} took the text. It should arrive within a minute.`,
      refused: (name: string) => `${name} refused the text:`,
      unknown: (name: string) => `${name}’s answer was lost. Look at your phone before you send another.`,
    },
  },

  dialog: {
    connect: (name: string) => `Connect ${name}`,
    change: (name: string) => `Change ${name}`,
    webhook: (name: string) => `Webhook of ${name}`,
    step: (place: number, count: number, title: string) => `Step ${place} of ${count}: ${title}`,
    titles: { credentials: 'Credentials', choices: 'Choices', webhook: 'Replies' },
    credentialsHint:
      'They are checked before they are kept, are stored encrypted, and are never shown again.',
    whereTo: (name: string) => `Where to find them in ${name}`,
    check: 'Check and go on',
    checking: 'Checking…',
    back: 'Back',
    checkFailed: 'The credentials were not accepted.',
    accountFailed: (name: string) => `The account at ${name} could not be read.`,
    account: (name: string) => `Signed in as ${name}`,
    otherCredentials: 'Use other credentials',
    save: 'Save',
    saving: 'Saving…',
    connectNow: 'Connect',
    saveFailed: 'It was not saved.',
    choose: 'Choose…',
    inbox: 'Inbox',
    inboxHint: 'Texts go out from its number.',
    noInbox: 'This account has no inbox. Create one in Heymarket, then check again.',
    member: 'Sent in the name of',
    memberHint: 'A member of that inbox; the CRM still shows who sent it here.',
    noMember: 'This inbox has no members. Add one in Heymarket, then check again.',
    sender: 'Sender',
    repliable: 'A number that people can reply to',
    senderHint: 'Nobody can reply to a sender of your own, not even with STOP. A number takes replies.',
    providerId: 'Conversation provider ID',
    providerIdHint:
      'Shown in the app’s entry in the CRM’s marketplace, under Conversation Providers; ask whoever set up Wrapup there. Leave it empty if Wrapup is the default SMS provider of this sub-account.',
    badProviderId: 'An ID has letters, digits, hyphens and underscores, up to 64.',
    createsContacts: 'Create a contact when an unknown number texts',
    createsContactsHint:
      'Without this, such a text waits 7 days for the contact to be added. Of several contacts with one number, the one talked to last gets it.',
    alertEmail: 'Email for alerts',
    alertEmailHint: 'BulkSMS writes there when it cannot reach Wrapup. Leave it empty for none.',
    badEmail: 'That is not an email address.',
    makesChosen: (name: string) => `Send texts through ${name} from now on`,
    missing: 'Choose one.',
    required: 'Fill this in.',
    goodToKnow: 'Good to know',
  },

  webhook: {
    intro: 'Heymarket’s webhooks are set up by hand. It takes a minute, and replies arrive from then on.',
    steps: {
      open: 'In Heymarket, open Settings, Integrations, and add a webhook.',
      address: 'Paste this address:',
      events: 'Switch on these events (the second is spelt like this in Heymarket):',
      token: 'Copy the verification token that Heymarket shows for this webhook into this field:',
      tryIt: 'Text the number of your inbox from any phone.',
    },
    events: ['message_sent', 'message_recieved', 'target_opt_out', 'target_opt_in'],
    address: 'Webhook address',
    token: 'Verification token',
    tokenKept: 'A token is kept. Enter another only if Heymarket shows a new one.',
    saveToken: 'Save token',
    tokenSaved: 'The token is saved.',
    tokenFailed: 'The token was not saved.',
    waiting: 'Waiting for the first call from Heymarket…',
    waitingForToken: 'Calls are refused until the token is saved.',
    called: 'Heymarket has called: replies arrive.',
    done: 'Done',
    later: 'Do this later',
  },

  copy: {
    copy: 'Copy',
    copyNamed: (what: string) => `Copy: ${what}`,
    copied: 'Copied',
    failed: 'Copying is not allowed here: select the text and copy it.',
  },

  /** What the other system answered, where `failureReason` speaks of the CRM. */
  reasons: {
    credentials: (name: string) =>
      `${name} refuses them. Copy both parts again, without spaces, and check that they were not deleted there.`,
    rejected: (name: string) =>
      `${name} did not accept it. Check what you entered; the credentials may have been changed there.`,
    rate_limited: (name: string) => `${name} asks us to slow down. Try again in a moment.`,
    upstream_failed: (name: string) => `${name} answered with an error. Try again in a moment.`,
    upstream_unavailable: (name: string) => `${name} cannot be reached right now. Try again in a moment.`,
    not_found: (name: string) =>
      `${name} is no longer connected: what you see in Settings now is how it stands.`,
    conflict: (name: string) =>
      `The connection to ${name} was changed in the meantime: what you see in Settings now is how it stands.`,
  },
} as const
