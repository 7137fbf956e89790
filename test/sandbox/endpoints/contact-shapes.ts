import type { SandboxContact } from '../state.ts'

const fullName = ({ firstName, lastName }: SandboxContact) => `${firstName} ${lastName}`.trim()

function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}

/** `GET /contacts/{id}`: what is unset is left out; `name` comes in lower case, the parts keep theirs. */
export function contactDetail(contact: SandboxContact): Record<string, unknown> {
  const name = fullName(contact)
  return withoutNulls({
    id: contact.id,
    name: name.toLowerCase(),
    locationId: contact.locationId,
    firstName: contact.firstName,
    lastName: contact.lastName,
    email: contact.email,
    emailLowerCase: contact.email?.toLowerCase() ?? null,
    timezone: contact.timezone,
    companyName: contact.companyName,
    phone: contact.phone,
    dnd: contact.dnd,
    dndSettings: structuredClone(contact.dndSettings),
    type: contact.type,
    source: contact.source,
    assignedTo: contact.assignedTo,
    country: contact.country,
    tags: [...contact.tags],
    dateAdded: contact.dateAdded,
    dateUpdated: contact.dateUpdated,
    firstNameLowerCase: contact.firstName.toLowerCase(),
    lastNameLowerCase: contact.lastName.toLowerCase(),
    fullNameLowerCase: name.toLowerCase(),
    customFields: structuredClone(contact.customFields),
  })
}

/**
 * One hit of `POST /contacts/search`: other names than the contact itself, nulls for what is unset,
 * and no `dndSettings` (issue 43).
 */
export function contactHit(contact: SandboxContact, searchAfter: unknown[]): Record<string, unknown> {
  return {
    id: contact.id,
    phoneLabel: null,
    country: contact.country,
    address: null,
    source: contact.source,
    type: contact.type,
    locationId: contact.locationId,
    website: null,
    dnd: contact.dnd,
    state: null,
    businessName: contact.companyName,
    companyName: contact.companyName,
    contactName: fullName(contact) || null,
    firstName: contact.firstName.toLowerCase() || null,
    lastName: contact.lastName.toLowerCase() || null,
    firstNameRaw: contact.firstName || null,
    lastNameRaw: contact.lastName || null,
    firstNameLowerCase: contact.firstName.toLowerCase() || null,
    lastNameLowerCase: contact.lastName.toLowerCase() || null,
    customFields: structuredClone(contact.customFields),
    tags: [...contact.tags],
    dateAdded: contact.dateAdded,
    dateUpdated: contact.dateUpdated,
    additionalEmails: [],
    additionalPhones: [],
    phone: contact.phone,
    email: contact.email,
    city: null,
    postalCode: null,
    dateOfBirth: null,
    timezone: contact.timezone,
    assignedTo: contact.assignedTo,
    followers: [],
    validEmail: null,
    businessId: null,
    searchAfter,
  }
}
