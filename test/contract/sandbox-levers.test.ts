import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createTestClock } from '../support/clock.ts'
import { createSandboxClient, installApp, type SandboxClient } from './sandbox-client.ts'

let sandbox: Sandbox
let call: SandboxClient
let token: string

const { maya } = seedIds.contact
const contactPath = `/contacts/${maya}`
const lever = (name: string, json: object = {}) => call('POST', `/sandbox/${name}`, { json })

beforeAll(async () => {
  sandbox = await startSandbox({ clock: createTestClock(), seed: 'small' })
  call = createSandboxClient(sandbox)
  token = (await installApp(sandbox)).accessToken
})
afterAll(() => sandbox.close())

test('When a fault is ordered from outside, then it meets the next call', async () => {
  await lever('faults', { path: '/contacts/:contactId', status: 502, times: 1 })
  expect(await call('GET', contactPath, { token })).toMatchObject({ status: 502 })
  expect(await call('GET', contactPath, { token })).toMatchObject({ status: 200 })
})

test('When a contact is told to reply, then the text is in the thread', async () => {
  const { body } = await lever('reply', { contactId: maya, body: 'From the demo' })
  expect(sandbox.state.messages.at(-1)).toMatchObject({ id: body['messageId'], direction: 'inbound' })
})

test('When the clock is moved, then time has passed', async () => {
  const before = sandbox.clock.now()
  await lever('clock/advance', { ms: 60_000 })
  expect(sandbox.clock.now() - before).toBe(60_000)
})

test('When tokens are expired, then the next call is refused', async () => {
  await lever('tokens/expire', { ownerId: seedIds.location.main })
  expect(await call('GET', contactPath, { token })).toMatchObject({ status: 401 })
})

test('When a lever is pulled wrongly, then 422', async () => {
  expect(await lever('clock/advance', { hours: 1 })).toMatchObject({ status: 422 })
})
