import type {
  SyncCounts,
  SyncDirection,
  SyncFieldChange,
  SyncLogEntry,
  SyncReason,
  SyncRule,
  SyncRun,
  SyncTransform,
} from '../shared/sync-contract.ts'
import type { FailureCode } from './api/api-error.ts'
import { formatNumber } from './number-format.ts'

const contacts = (count: number) => `${formatNumber(count)} ${count === 1 ? 'contact' : 'contacts'}`
const sides = { crm: 'the CRM', provider: 'Heymarket' } as const

const transforms: Readonly<Record<SyncTransform, string>> = {
  trim: 'Tidy spaces',
  lower: 'lower case',
  upper: 'UPPER CASE',
  phone: 'Phone number',
  date: 'Date',
}

const directions: Readonly<Record<SyncDirection, string>> = {
  both: 'Both ways',
  to_crm: 'To the CRM',
  to_provider: 'To Heymarket',
}

const rules: Readonly<Record<SyncRule, string>> = {
  newest: 'Newest wins',
  crm: 'CRM wins',
  provider: 'Heymarket wins',
}

const reasons: Readonly<Record<SyncReason, string>> = {
  changed: '',
  new_contact: '',
  no_phone: 'It has no phone number, and Heymarket takes no contact without one.',
  no_address: 'It has neither a phone number nor an e-mail address to know it by.',
  not_wanted: 'New contacts are not made there, by your settings.',
  deleted: 'It was deleted on the other side, so it is left as it is.',
  same_phone: 'Several contacts have this phone number.',
  same_email: 'They share an e-mail address, but their phone numbers differ.',
  already_linked: 'The contact over there belongs to another one already.',
  kept_apart: 'You decided to leave it alone.',
  note: 'A note, as a private comment.',
}

const fieldReasons: Readonly<Record<SyncFieldChange['reason'], string>> = {
  changed: 'changed',
  filled: 'was empty',
  one_way: 'goes one way',
  newest: 'both changed, the newest won',
  rule: 'both changed, your rule decided',
  not_readable: 'could not be read, left as it is',
  no_room: 'no room, Heymarket takes 5 tags',
}

/** Fields as the log names them. */
const fieldNames: Readonly<Record<string, string>> = {
  fullName: 'name',
  firstName: 'first name',
  lastName: 'last name',
  displayName: 'display name',
  email: 'e-mail',
  phone: 'phone',
  source: 'source',
  timezone: 'time zone',
  companyName: 'company',
}

function loggedField(field: string): string {
  if (field.startsWith('tag:')) return `tag ${field.slice('tag:'.length)}`
  if (field.startsWith('custom:')) return `custom field ${field.slice('custom:'.length)}`
  return fieldNames[field] ?? field
}

function what({ action, target, state }: SyncLogEntry): string {
  const place = target ? sides[target] : 'both'
  if (state === 'failed') return `Not synced to ${place}`
  if (action === 'create') return state === 'planned' ? `To be made in ${place}` : `Made in ${place}`
  if (action === 'update') return state === 'planned' ? `To be changed in ${place}` : `Changed in ${place}`
  return action === 'duplicate' ? 'May be one person' : 'Left alone'
}

function counted(counts: SyncCounts): { name: string; count: string }[] {
  const figures: { name: string; count: number }[] = [
    { name: 'New in the CRM', count: counts.createInCrm },
    { name: 'New in Heymarket', count: counts.createInProvider },
    { name: 'Changed', count: counts.update },
    { name: 'Of these, changed on both sides', count: counts.conflict },
    { name: 'Left alone', count: counts.skip },
    { name: 'Possible duplicates', count: counts.duplicate },
    { name: 'Already the same', count: counts.same },
    { name: 'Failed', count: counts.failed },
  ]
  return figures.map(({ name, count }) => ({ name, count: formatNumber(count) }))
}

/** What a real run does, as far as a dry run has told. */
function confirmHint(run: SyncRun | null): string {
  if (run?.kind !== 'dry' || run.state !== 'done') {
    return 'No dry run has told what this would do: cancel and make one to see it first. Contacts are made and changed in both systems; nothing is deleted.'
  }
  const { createInCrm, createInProvider, update } = run.counts
  return `By the last dry run, ${contacts(createInCrm)} would be made in the CRM, ${contacts(createInProvider)} in Heymarket, and ${contacts(update)} changed. Nothing is deleted.`
}

/** A code does not say which of the two systems it was. */
const failures: Partial<Readonly<Record<FailureCode, string>>> = {
  validation: 'A field cannot be mapped like this, or something is too long. Look at what is marked.',
  not_found: 'It is no longer there: what you see now is how it stands.',
  conflict: 'It was changed in the meantime: what you see now is how it stands.',
  rejected:
    'Heymarket or the CRM did not accept it. Look at the contact in both, and under Texting whether the connection works.',
  rate_limited: 'Heymarket or the CRM asks us to slow down. Try again in a moment.',
  upstream_failed: 'Heymarket or the CRM answered with an error. Try again in a moment.',
  upstream_unavailable: 'Heymarket or the CRM cannot be reached right now. Try again in a moment.',
  outcome_unknown: 'An answer was lost, so it may or may not have happened. The next run finds out.',
}

const stages: Readonly<Record<SyncRun['stage'], string>> = {
  reading_provider: 'Reading the contacts in Heymarket',
  reading_crm: 'Reading the contacts in the CRM',
  planning: 'Comparing',
  applying: 'Writing what differs',
}

const states: Readonly<Record<SyncRun['state'], string>> = {
  running: 'Running',
  paused: 'Paused',
  cancelled: 'Cancelled',
  done: 'Done',
  failed: 'Stopped by a failure',
}

/** Every word of the sync of contacts. */
export const syncTexts = {
  title: 'Contact sync',
  hint: 'Keeps contacts of the CRM and of Heymarket in step. BulkSMS has no contacts of its own: with it there are texts, their states, replies and opt-outs only.',
  notConnected: 'Connect Heymarket above to sync contacts.',
  loadFailed: 'The contact sync could not be read.',
  failures,
  saved: 'Saved.',
  save: 'Save',
  saving: 'Saving…',
  saveFailed: 'The sync settings were not saved.',
  unsaved: 'You have changes that are not saved.',
  enabled: 'Sync changes by themselves',
  enabledHint: (isReady: boolean) =>
    isReady
      ? 'Changes in the CRM travel within seconds; Heymarket is asked for changes every two minutes, since it does not tell of them. All contacts are compared once a night.'
      : 'Starts after the first full run. Make a dry run first: it changes nothing.',
  createInProvider: 'Make new contacts of the CRM in Heymarket',
  createInCrm: 'Make new contacts of Heymarket in the CRM',
  newContactTag: 'Tag in the CRM for contacts taken over from Heymarket',
  syncTags: 'Sync tags',
  tagOrder: 'Tags that go first, separated by commas',
  tagOrderHint: 'Heymarket takes 5 tags per contact. The log says which were left out.',
  syncNotes: 'Carry new notes over as private comments, where Heymarket has a conversation',
  mapping: {
    title: 'Fields',
    hint: 'Phone numbers are always kept in step, since contacts are matched by them, and then by e-mail.',
    crmField: 'Field in the CRM',
    providerField: 'Field in Heymarket',
    direction: 'Direction',
    rule: 'When both changed',
    transform: 'Written as',
    asItIs: 'As it is',
    add: 'Add field',
    row: (name: string) => `Field ${name}`,
    remove: (name: string) => `Remove field ${name}`,
    loadFailed: 'The fields could not be read.',
    gone: (key: string) => `There is no field “${key}” any more: choose another, or remove the row.`,
    readOnly: (name: string) => `“${name}” can only be read: choose the other direction.`,
    twice: (name: string) => `Two rows write to “${name}”: keep one of them.`,
    directions,
    rules,
    transforms,
  },
  preview: {
    title: 'Preview',
    contact: 'Contact',
    choose: 'Choose a contact',
    show: 'Preview',
    looking: 'Looking…',
    failed: 'The preview could not be made.',
    contactsFailed: 'The contacts to choose from could not be read.',
    unmatched: 'Heymarket does not have this contact yet.',
    nothing: 'stays as it is',
    unreadable: 'cannot be read in this form, stays as it is',
    written: (value: string, side: 'crm' | 'provider') =>
      value === '' ? `is emptied in ${sides[side]}` : `“${value}” is written to ${sides[side]}`,
  },
  run: {
    title: 'Full run',
    dry: 'Dry run',
    real: 'Sync now',
    confirm: 'Sync all contacts now?',
    confirmHint,
    saveFirst: 'Save your changes first: a run goes by what is saved.',
    startFailed: 'The run was not started.',
    changeFailed: 'The run was not changed.',
    keepsTrying: 'Wrapup keeps trying.',
    asked: (when: string) => `Heymarket was last asked for changes ${when}.`,
    pause: 'Pause',
    resume: 'Resume',
    cancel: 'Cancel run',
    heading: (run: SyncRun) => `${run.kind === 'dry' ? 'Dry run' : 'Run'}: ${states[run.state]}`,
    stage: (run: SyncRun) =>
      `${stages[run.stage]}. Read: ${formatNumber(run.counts.readInCrm)} in the CRM, ${formatNumber(run.counts.readInProvider)} in Heymarket. Written: ${formatNumber(run.counts.done)}.`,
    counted,
    dryHint: 'This is what a real run would do. Nothing was changed.',
    linked: (count: number) => `${contacts(count)} in step.`,
  },
  duplicates: {
    title: 'Possible duplicates',
    hint: 'Nothing was merged. Say which two are the same person, or that all of them are to be left alone.',
    inCrm: 'Contact in the CRM',
    inProvider: 'Contact in Heymarket',
    link: 'Same person',
    apart: 'Leave alone',
    open: 'Open contact',
    openNamed: (name: string) => `Open contact ${name}`,
    failed: 'That was not decided.',
    more: (count: number) => `Show ${formatNumber(count)} more`,
  },
  log: {
    title: 'Sync log',
    show: 'Show the log',
    hide: 'Hide the log',
    none: 'Nothing was synced yet.',
    noneOfThese: 'There is nothing of this kind.',
    loadFailed: 'The log could not be read.',
    replayFailed: 'It was not tried again.',
    only: 'Show',
    filters: {
      all: 'Everything',
      failed: 'Failed',
      conflict: 'Changed on both sides',
      create: 'New',
      update: 'Changed',
      skip: 'Left alone',
      duplicate: 'Possible duplicates',
    },
    more: 'Show more',
    replay: 'Try again',
    replayed: 'On its way again.',
    contact: 'Open contact',
    openContact: (when: string) => `Open contact of ${when}`,
    what,
    reasons,
    fields: (changes: readonly SyncFieldChange[]) =>
      changes.map(({ field, reason }) => `${loggedField(field)} (${fieldReasons[reason]})`).join(', '),
    number: (id: string) => `No. ${id} in Heymarket`,
  },
} as const
