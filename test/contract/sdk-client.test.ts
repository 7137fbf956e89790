import { HighLevel } from '@gohighlevel/api-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createTestClock } from '../support/clock.ts'

/** The vendor's own client, unchanged but for the address, is content with the sandbox. */
let sandbox: Sandbox
let sdk: HighLevel

/** By this header the SDK finds the tokens in its session storage. */
const options = { headers: { locationId: seedIds.location.main } }
const contactId = seedIds.contact.maya

beforeAll(async () => {
  sandbox = await startSandbox({ clock: createTestClock(), seed: 'small' })
  const { clientId, clientSecret } = sandbox.state.app
  sdk = new HighLevel({ clientId, clientSecret })
  sdk.getHttpClient().defaults.baseURL = sandbox.apiOrigin

  const { code } = sandbox.consent({ userId: seedIds.user.admin, locationIds: [seedIds.location.main] })
  const tokens = await sdk.oauth.getAccessToken({
    client_id: clientId,
    client_secret: clientSecret,
    grant_type: 'authorization_code',
    code,
  })
  await sdk.getSessionStorage().setSession(seedIds.location.main, tokens)
})
afterAll(() => sandbox.close())

test('When the SDK reads a contact, then it gets it', async () => {
  const { contact } = await sdk.contacts.getContact({ contactId }, options)
  expect(contact).toMatchObject({ id: contactId, locationId: seedIds.location.main, firstName: 'Maya' })
})

test('When the SDK adds and removes a tag, then the contact has it and not', async () => {
  const added = await sdk.contacts.addTags({ contactId }, { tags: ['From SDK'] }, options)
  expect(added.tags).toContain('from sdk')
  const removed = await sdk.contacts.removeTags({ contactId }, { tags: ['from sdk'] }, options)
  expect(removed.tags).not.toContain('from sdk')
})

test('When the SDK leaves a task and a note, then both are there', async () => {
  const due = { title: 'Call', dueDate: '2026-12-01T15:00:00.000Z', completed: false }
  const { task } = await sdk.contacts.createTask({ contactId }, due, options)
  const { note } = await sdk.contacts.createNote({ contactId }, { body: 'By the SDK' }, options)
  expect(sandbox.state.tasks).toContainEqual(expect.objectContaining({ id: task?.id, contactId }))
  expect(sandbox.state.notes).toContainEqual(expect.objectContaining({ id: note?.id, contactId }))
})

test('When the SDK sends a text, then it is delivered', async () => {
  const order = { type: 'SMS', subType: {}, status: 'pending', contactId, message: 'Hello from the SDK' }
  const { messageId } = await sdk.conversations.sendANewMessage(order, options)
  await sandbox.settle()
  expect(sandbox.state.messages.find(({ id }) => id === messageId)).toMatchObject({ status: 'delivered' })
})

test('When the SDK refreshes, then it gets a new pair', async () => {
  const { clientId, clientSecret } = sandbox.state.app
  const { code } = sandbox.consent({ userId: seedIds.user.admin, locationIds: [seedIds.location.main] })
  const client = { client_id: clientId, client_secret: clientSecret }
  const first = await sdk.oauth.getAccessToken({ ...client, grant_type: 'authorization_code', code })
  const refreshToken = String(first.refresh_token)
  const next: unknown = await sdk.oauth.refreshToken(
    refreshToken,
    clientId,
    clientSecret,
    'refresh_token',
    'Location',
  )
  expect(next).toMatchObject({ userType: 'Location', locationId: seedIds.location.main })
  expect(next).not.toMatchObject({ refresh_token: refreshToken })
})
