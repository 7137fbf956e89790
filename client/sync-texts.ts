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

const contacts = (count: number) => `${count} ${count === 1 ? 'contact' : 'contacts'}`
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

function fieldName(field: string): string {
  return field.startsWith('tag:') ? `tag ${field.slice('tag:'.length)}` : field
}

function what({ action, target, state }: SyncLogEntry): string {
  const place = target ? sides[target] : 'both'
  if (state === 'failed') return `Not synced to ${place}`
  if (action === 'create') return state === 'planned' ? `To be made in ${place}` : `Made in ${place}`
  if (action === 'update') return state === 'planned' ? `To be changed in ${place}` : `Changed in ${place}`
  return action === 'duplicate' ? 'May be one person' : 'Left alone'
}

function counted(counts: SyncCounts): { name: string; count: number }[] {
  return [
    { name: 'New in the CRM', count: counts.createInCrm },
    { name: 'New in Heymarket', count: counts.createInProvider },
    { name: 'Changed', count: counts.update },
    { name: 'Of these, changed on both sides', count: counts.conflict },
    { name: 'Left alone', count: counts.skip },
    { name: 'Possible duplicates', count: counts.duplicate },
    { name: 'Already the same', count: counts.same },
    { name: 'Failed', count: counts.failed },
  ]
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
  failed: 'That did not work.',
  saved: 'Saved.',
  save: 'Save',
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
    remove: (name: string) => `Remove field ${name}`,
    directions,
    rules,
    transforms,
  },
  preview: {
    title: 'Preview',
    contact: 'Contact',
    choose: 'Choose a contact',
    show: 'Preview',
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
    confirmHint:
      'Contacts are made and changed in both systems, as the last dry run showed. Nothing is deleted.',
    pause: 'Pause',
    resume: 'Resume',
    cancel: 'Cancel run',
    heading: (run: SyncRun) => `${run.kind === 'dry' ? 'Dry run' : 'Run'}: ${states[run.state]}`,
    stage: (run: SyncRun) =>
      `${stages[run.stage]}. Read: ${run.counts.readInCrm} in the CRM, ${run.counts.readInProvider} in Heymarket. Written: ${run.counts.done}.`,
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
    open: 'Open in the CRM',
  },
  log: {
    title: 'Sync log',
    show: 'Show the log',
    none: 'Nothing was synced yet.',
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
    contact: 'Contact',
    what,
    reasons,
    fields: (changes: readonly SyncFieldChange[]) =>
      changes.map(({ field, reason }) => `${fieldName(field)} (${fieldReasons[reason]})`).join(', '),
    number: (id: string) => `No. ${id} in Heymarket`,
  },
} as const
