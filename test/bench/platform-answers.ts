/** What the fake platform of the bench holds: one location, and any contact and user that is asked for. */
export const benchIds = {
  companyId: 'cmpBench000000000001',
  locationId: 'locBench000000000001',
  userId: 'usrBench000000000001',
  contactId: 'conBench000000000001',
} as const

const { companyId, locationId, userId } = benchIds

export const contactAnswer = (id: string) => ({
  contact: {
    id,
    locationId,
    firstName: 'Maya',
    lastName: 'Okafor',
    contactName: 'Maya Okafor',
    email: 'maya.okafor@example.com',
    phone: '+13125550142',
    timezone: 'America/Chicago',
    companyName: 'Blue Finch Studio',
    source: 'public api',
    type: 'lead',
    assignedTo: userId,
    tags: ['vip', 'newsletter', 'spring campaign'],
    dnd: false,
    dndSettings: { SMS: { status: 'inactive' }, Email: { status: 'inactive' } },
    dateAdded: '2026-03-02T14:05:11.000Z',
    dateUpdated: '2026-10-12T08:41:09.000Z',
    customFields: Array.from({ length: 6 }, (_, place) => ({
      id: `field${place}Bench00000000`,
      value: `A value of the custom field number ${place}`,
    })),
    attributions: [],
  },
  traceId: '1f1fbe5c-9d0c-4f31-9be4-6a1f5d5cf1e2',
})

export const userAnswer = (id: string) => ({
  id,
  companyId,
  name: 'Bench User',
  firstName: 'Bench',
  lastName: 'User',
  email: 'bench.user@example.com',
  deleted: false,
  roles: { type: 'account', role: 'admin', locationIds: [locationId] },
  permissions: { assignedDataOnly: false },
})

export const locationAnswer = {
  location: { id: locationId, companyId, name: 'Bench', timezone: 'America/New_York', country: 'US' },
}

export const sentAnswer = (messageId: string) => ({
  conversationId: 'cnvBench000000000001',
  messageId,
  msg: 'Message queued successfully.',
})

export const tokenAnswer = {
  access_token: 'bench-access-token',
  refresh_token: 'bench-refresh-token',
  token_type: 'Bearer',
  expires_in: 86_399,
  scope:
    'contacts.readonly contacts.write conversations.readonly conversations.write conversations/message.readonly conversations/message.write locations.readonly locations/tags.readonly users.readonly phonenumbers.read',
  userType: 'Location',
  companyId,
  locationId,
  userId,
}
