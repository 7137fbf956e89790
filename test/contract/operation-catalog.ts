import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { SpecApp } from './spec-validator.ts'

/** What one call needs that only an earlier answer can tell. */
export type CatalogIds = {
  taskId: string
  noteId: string
  conversationId: string
  messageId: string
  /** Of a text that the app's conversation provider carries. */
  providerMessageId: string
  scheduledId: string
  newContactId: string
  code: string
}

export type CatalogCall = {
  app: SpecApp
  /** As the specification writes it. */
  operation: string
  status: number
  as?: 'location' | 'company' | 'nobody'
  path?: Record<string, string>
  query?: Record<string, string>
  json?: unknown
  form?: Record<string, string>
}

const { main } = seedIds.location
const { maya, jonas } = seedIds.contact
const conversationProviderId = seedIds.conversationProvider.oursExtra
const dueDate = '2026-12-01T14:00:00.000Z'

/** Every operation in use, in an order in which each finds what it needs. */
export function catalogCalls(ids: CatalogIds, client: Record<string, string>): CatalogCall[] {
  const { harbor } = seedIds.company
  const contact = { contactId: maya }
  const task = { ...contact, taskId: ids.taskId }
  const note = { ...contact, id: ids.noteId }
  const here = { locationId: main }
  const newTask = {
    title: 'Call back',
    body: 'About the quote',
    dueDate,
    completed: false,
    assignedTo: seedIds.user.rep,
  }
  const person = {
    firstName: 'Nia',
    lastName: 'Blackwood',
    email: 'nia.blackwood@example.com',
    tags: ['New'],
  }
  const contacts = (call: Omit<CatalogCall, 'app'>): CatalogCall => ({ app: 'contacts', ...call })
  const conversations = (call: Omit<CatalogCall, 'app'>): CatalogCall => ({ app: 'conversations', ...call })
  const locations = (call: Omit<CatalogCall, 'app'>): CatalogCall => ({ app: 'locations', ...call })

  return [
    {
      app: 'oauth',
      operation: 'POST /oauth/token',
      status: 200,
      as: 'nobody',
      form: { ...client, grant_type: 'authorization_code', code: ids.code },
    },
    {
      app: 'oauth',
      operation: 'POST /oauth/locationToken',
      status: 201,
      as: 'company',
      form: { companyId: harbor, locationId: main },
    },
    {
      app: 'oauth',
      operation: 'GET /oauth/installedLocations',
      status: 200,
      as: 'company',
      query: {
        companyId: harbor,
        appId: String(client['client_id']).split('-')[0] ?? '',
        isInstalled: 'true',
      },
    },
    contacts({
      operation: 'POST /contacts/search',
      status: 200,
      json: { ...here, pageLimit: 5, filters: [{ field: 'tags', operator: 'contains', value: ['vip'] }] },
    }),
    contacts({
      operation: 'GET /contacts/search/duplicate',
      status: 200,
      query: { ...here, email: 'maya.okafor@example.com' },
    }),
    contacts({ operation: 'GET /contacts/{contactId}', status: 200, path: contact }),
    contacts({
      operation: 'POST /contacts/',
      status: 201,
      json: { ...here, ...person, phone: '+12125550177' },
    }),
    contacts({
      operation: 'POST /contacts/upsert',
      status: 200,
      json: { ...here, ...person, country: 'US' },
    }),
    contacts({
      operation: 'PUT /contacts/{contactId}',
      status: 200,
      path: contact,
      json: { companyName: undefined, firstName: 'Maya', dndSettings: { SMS: { status: 'inactive' } } },
    }),
    contacts({
      operation: 'DELETE /contacts/{contactId}',
      status: 200,
      path: { contactId: ids.newContactId },
    }),
    contacts({
      operation: 'POST /contacts/{contactId}/tags',
      status: 201,
      path: contact,
      json: { tags: ['Spring'] },
    }),
    contacts({
      operation: 'DELETE /contacts/{contactId}/tags',
      status: 200,
      path: contact,
      json: { tags: ['spring'] },
    }),
    contacts({
      operation: 'POST /contacts/bulk/tags/update/{type}',
      status: 201,
      path: { type: 'add' },
      json: { ...here, contacts: [jonas], tags: ['autumn'] },
    }),
    contacts({ operation: 'GET /contacts/{contactId}/tasks', status: 200, path: contact }),
    contacts({ operation: 'POST /contacts/{contactId}/tasks', status: 201, path: contact, json: newTask }),
    contacts({ operation: 'GET /contacts/{contactId}/tasks/{taskId}', status: 200, path: task }),
    contacts({
      operation: 'PUT /contacts/{contactId}/tasks/{taskId}',
      status: 200,
      path: task,
      json: newTask,
    }),
    contacts({
      operation: 'PUT /contacts/{contactId}/tasks/{taskId}/completed',
      status: 200,
      path: task,
      json: { completed: true },
    }),
    contacts({ operation: 'DELETE /contacts/{contactId}/tasks/{taskId}', status: 200, path: task }),
    contacts({ operation: 'GET /contacts/{contactId}/notes', status: 200, path: contact }),
    contacts({
      operation: 'POST /contacts/{contactId}/notes',
      status: 201,
      path: contact,
      json: { body: 'Spoke today', userId: seedIds.user.rep },
    }),
    contacts({ operation: 'GET /contacts/{contactId}/notes/{id}', status: 200, path: note }),
    contacts({
      operation: 'PUT /contacts/{contactId}/notes/{id}',
      status: 200,
      path: note,
      json: { body: 'New' },
    }),
    contacts({ operation: 'DELETE /contacts/{contactId}/notes/{id}', status: 200, path: note }),
    conversations({
      operation: 'GET /conversations/search',
      status: 200,
      query: { ...here, limit: '5', sortBy: 'last_message_date', sort: 'desc' },
    }),
    conversations({
      operation: 'GET /conversations/{conversationId}',
      status: 200,
      path: { conversationId: ids.conversationId },
    }),
    conversations({
      operation: 'GET /conversations/{conversationId}/messages',
      status: 200,
      path: { conversationId: ids.conversationId },
      query: { limit: '3' },
    }),
    conversations({
      operation: 'GET /conversations/messages/{id}',
      status: 200,
      path: { id: ids.messageId },
    }),
    conversations({
      operation: 'POST /conversations/messages',
      status: 200,
      json: { type: 'SMS', contactId: maya, message: 'Hello Maya', fromNumber: '+12125550111' },
    }),
    conversations({
      operation: 'POST /conversations/messages/inbound',
      status: 200,
      json: { type: 'SMS', contactId: maya, message: 'Hello back', conversationProviderId },
    }),
    conversations({
      operation: 'PUT /conversations/messages/{messageId}/status',
      status: 200,
      path: { messageId: ids.providerMessageId },
      json: { status: 'failed', error: { code: '1', type: 'saas', message: 'Blocked' } },
    }),
    conversations({
      operation: 'DELETE /conversations/messages/{messageId}/schedule',
      status: 200,
      path: { messageId: ids.scheduledId },
    }),
    locations({ operation: 'GET /locations/{locationId}', status: 200, path: here }),
    locations({ operation: 'GET /locations/{locationId}/tags', status: 200, path: here }),
    locations({
      operation: 'POST /locations/{locationId}/tags',
      status: 200,
      path: here,
      json: { name: 'Winter' },
    }),
    locations({
      operation: 'POST /locations/{locationId}/tasks/search',
      status: 200,
      path: here,
      json: { contactId: [maya], limit: 1 },
    }),
    locations({
      operation: 'GET /locations/{locationId}/templates',
      status: 200,
      path: here,
      query: { originId: main, type: 'sms', limit: '1' },
    }),
    locations({ operation: 'GET /locations/{locationId}/customFields', status: 200, path: here }),
    { app: 'users', operation: 'GET /users/search', status: 200, query: { companyId: harbor, ...here } },
    { app: 'users', operation: 'GET /users/{userId}', status: 200, path: { userId: seedIds.user.rep } },
    {
      app: 'phone-system',
      operation: 'GET /phone-system/numbers/location/{locationId}',
      status: 200,
      path: here,
      query: { pageSize: '20' },
    },
  ]
}
