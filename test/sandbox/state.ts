/** What the stand-in CRM holds, in the platform's own words. Plain data: rules live beside the routes that apply them. */

export type SandboxCompany = { id: string; name: string }

export type SandboxLocation = {
  id: string
  companyId: string
  name: string
  timezone: string
  country: string
  address: string
  /** A suspended sub-account: refresh answers 400 "Location is not active". */
  active: boolean
  /** The conversation provider that carries its texts; null: its own numbers. */
  smsProviderId: string | null
}

export type SandboxUser = {
  id: string
  companyId: string
  firstName: string
  lastName: string
  email: string
  phone: string
  roles: { type: 'agency' | 'account'; role: 'admin' | 'user'; locationIds: string[] }
  permissions: {
    assignedDataOnly: boolean
    contactsEnabled: boolean
    conversationsEnabled: boolean
    tagsEnabled: boolean
  }
  deleted: boolean
}

export type DndStatus = 'active' | 'inactive' | 'permanent'

export type SandboxContact = {
  id: string
  locationId: string
  firstName: string
  lastName: string
  email: string | null
  /** E.164. */
  phone: string | null
  companyName: string | null
  timezone: string | null
  country: string | null
  source: string | null
  type: string
  assignedTo: string | null
  tags: string[]
  dnd: boolean
  dndSettings: Partial<
    Record<
      'SMS' | 'Call' | 'Email' | 'WhatsApp' | 'GMB' | 'FB',
      { status: DndStatus; message?: string; code?: string }
    >
  >
  customFields: { id: string; value: unknown }[]
  dateAdded: string
  dateUpdated: string
}

export type SandboxTask = {
  id: string
  contactId: string
  locationId: string
  title: string
  body: string
  assignedTo: string | null
  dueDate: string
  completed: boolean
  dateAdded: string
}

export type SandboxNote = {
  id: string
  contactId: string
  body: string
  userId: string | null
  dateAdded: string
}

export type SandboxConversation = {
  id: string
  locationId: string
  contactId: string
  unreadCount: number
  lastMessageDate: string
}

export type SandboxMessageStatus =
  'pending' | 'queued' | 'scheduled' | 'sent' | 'delivered' | 'read' | 'failed' | 'undelivered' | 'opt_out'

export type SandboxMessage = {
  id: string
  conversationId: string
  contactId: string
  locationId: string
  messageType: string
  type: number
  direction: 'inbound' | 'outbound'
  status: SandboxMessageStatus
  body: string
  attachments: string[]
  source: 'app' | 'api' | 'workflow'
  userId: string | null
  from: string | null
  to: string | null
  dateAdded: string
  scheduledTimestamp: number | null
  /** Null where the location's own numbers carry it. */
  conversationProviderId: string | null
  /** When it was handed to its provider, by the clock. */
  handedOverAtMs: number | null
  /** As the provider told it; the platform's API tells nobody. */
  providerError: { code: string; type: string; message: string } | null
}

/** A provider of texts that an app of the marketplace brings. */
export type SandboxConversationProvider = {
  id: string
  appId: string
  name: string
  /** A channel of its own beside the location's SMS, instead of one that can take its place. */
  isCustom: boolean
  deliveryUrl: string | null
}

export type SandboxPhoneNumber = {
  locationId: string
  phoneNumber: string
  friendlyName: string
  isDefault: boolean
}
export type SandboxTag = { id: string; locationId: string; name: string }
export type SandboxTemplate = { id: string; locationId: string; name: string; body: string }

export type SandboxCustomField = {
  id: string
  locationId: string
  name: string
  fieldKey: string
  dataType: string
  position: number
  model: 'contact' | 'opportunity'
}

/** The marketplace's entry of our app: what a developer sets in the app's settings. */
export type SandboxApp = {
  clientId: string
  clientSecret: string
  appId: string
  versionId: string
  ssoKey: string
  scopes: string[]
  redirectUris: string[]
  /** Default webhook URL; unset means events are not delivered. */
  webhookUrl: string | null
  /** Address of the custom page that the CRM embeds. */
  customPageUrl: string | null
}

/** One live install: per location, or of a company (then `locationIds` are those it approved). */
export type SandboxInstall = {
  companyId: string
  locationId: string
  installedAt: string
  viaCompany: boolean
}

export type SandboxState = {
  app: SandboxApp
  companies: SandboxCompany[]
  locations: SandboxLocation[]
  users: SandboxUser[]
  contacts: SandboxContact[]
  tasks: SandboxTask[]
  notes: SandboxNote[]
  conversations: SandboxConversation[]
  messages: SandboxMessage[]
  phoneNumbers: SandboxPhoneNumber[]
  tags: SandboxTag[]
  templates: SandboxTemplate[]
  customFields: SandboxCustomField[]
  installs: SandboxInstall[]
  conversationProviders: SandboxConversationProvider[]
}
