/** Every word of the list of shortcuts. */
export const helpTexts = {
  shortcuts: {
    title: 'Keyboard shortcuts',
    groups: { everywhere: 'Everywhere', contact: 'In a contact' },
    search: 'Search contacts',
    byTag: 'In the search: contacts with a tag',
    help: 'Show this list',
    intoList: 'From the search into the list',
    openFirst: 'Open the contact',
    next: 'Next contact',
    previous: 'Previous contact',
    nextOutside: 'Next, previous contact (outside a field)',
    wrapUp: 'Wrap up everything filled in',
    message: 'Go to Message',
    tag: 'Go to Add tag',
    followUp: 'Go to Follow-up',
    note: 'Go to Note',
  },
} as const
