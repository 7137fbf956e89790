import type { Contact, ContactSummary } from '../../shared/contact-contract.ts'
import type { PlatformContact } from '../highlevel/contact-answers.ts'
import { displayPhone } from '../phone-display.ts'

const nonEmpty = (text: string | null | undefined): string | null => text?.trim() || null

const firstNameOf = (contact: PlatformContact) =>
  nonEmpty(contact.firstNameRaw) ?? nonEmpty(contact.firstName)
const lastNameOf = (contact: PlatformContact) => nonEmpty(contact.lastNameRaw) ?? nonEmpty(contact.lastName)

/**
 * The platform lower-cases names in some answers: `contactName` and the raw ones keep their case.
 * @see https://marketplace.gohighlevel.com/docs/ghl/contacts/get-contact
 */
function displayName(contact: PlatformContact): string {
  const parts = [firstNameOf(contact), lastNameOf(contact)].filter((part) => part !== null)
  return (
    nonEmpty(contact.contactName) ??
    nonEmpty(parts.join(' ')) ??
    nonEmpty(contact.name) ??
    nonEmpty(contact.companyName) ??
    nonEmpty(contact.email) ??
    displayPhone(contact.phone) ??
    'Unnamed contact'
  )
}

/**
 * `active` means that do-not-disturb is on; `permanent` cannot be lifted through the API.
 * The contact's `dnd` blocks every channel.
 */
export function smsDndOf(contact: PlatformContact): Contact['smsDnd'] {
  const setting = contact.dndSettings?.SMS
  const status = setting?.status ?? 'inactive'
  if (status !== 'inactive') return { blocked: true, status, reason: nonEmpty(setting?.message) }
  return { blocked: contact.dnd === true, status, reason: null }
}

export function toContactSummary(contact: PlatformContact): ContactSummary {
  return {
    id: contact.id,
    name: displayName(contact),
    firstName: firstNameOf(contact),
    lastName: lastNameOf(contact),
    email: nonEmpty(contact.email),
    phone: nonEmpty(contact.phone),
    phoneDisplay: displayPhone(contact.phone),
    tags: contact.tags ?? [],
    dnd: contact.dnd === true,
    assignedTo: nonEmpty(contact.assignedTo),
  }
}

export function toContact(contact: PlatformContact): Contact {
  return {
    ...toContactSummary(contact),
    companyName: nonEmpty(contact.companyName),
    timezone: nonEmpty(contact.timezone),
    smsDnd: smsDndOf(contact),
    source: nonEmpty(contact.source),
    dateAdded: nonEmpty(contact.dateAdded),
    customFields: (contact.customFields ?? []).map(({ id, value }) => ({ id, value: value ?? null })),
  }
}
