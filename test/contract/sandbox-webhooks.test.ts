import { createDecipheriv, createHash, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { encryptUserContext } from '../sandbox/user-context.ts'
import { createTestClock } from '../support/clock.ts'
import { createSandboxClient, installApp } from './sandbox-client.ts'

type Received = { raw: Buffer; headers: IncomingHttpHeaders }

let sandbox: Sandbox
let settings: Record<string, string>
let server: Server
let received: Received[]
let answerStatus: number

beforeEach(async () => {
  received = []
  answerStatus = 200
  server = createServer(async (request, response) => {
    const raw = Buffer.concat(await request.toArray())
    received.push({ raw, headers: request.headers })
    response.writeHead(answerStatus).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  sandbox = await startSandbox({ clock: createTestClock(), seed: 'small' })
  settings = sandbox.settingsFor(`http://127.0.0.1:${address.port}`)
})
afterEach(async () => {
  await sandbox.close()
  server.closeAllConnections()
  server.close()
})

const isSigned = ({ raw, headers }: Received): boolean =>
  verify(
    null,
    raw,
    String(settings['WEBHOOK_SIGNATURE_PUBLIC_KEY']),
    Buffer.from(String(headers['x-ghl-signature']), 'base64'),
  )
const bodies = (): Record<string, unknown>[] => received.map(({ raw }) => JSON.parse(raw.toString()))

describe('webhooks', () => {
  test('When the app is installed and a task is made, then signed events come in the envelope', async () => {
    const { accessToken: token } = await installApp(sandbox)
    await createSandboxClient(sandbox)('POST', `/contacts/${seedIds.contact.maya}/tasks`, {
      token,
      json: { title: 'Call', body: 'Now', dueDate: '2026-12-01T10:00:00Z', completed: false },
    })
    await sandbox.settle()
    expect(bodies().map(({ type }) => type)).toEqual(['INSTALL', 'TaskCreate'])
    expect(received.every(isSigned)).toBe(true)
    const [, task] = bodies()
    expect(task).toMatchObject({
      locationId: seedIds.location.main,
      appId: sandbox.state.app.appId,
      title: 'Call',
    })
    expect(task).toHaveProperty('webhookId')
    expect(task).toHaveProperty('timestamp')
    expect(task).not.toHaveProperty('contactId')
    expect(task).not.toHaveProperty('body')
  })

  test('When the app is not installed in the location, then nothing comes but the record has it', async () => {
    sandbox.replyNow(seedIds.contact.maya, 'Anybody there?')
    await sandbox.settle()
    expect(received).toEqual([])
    expect(sandbox.events()).toMatchObject([{ type: 'InboundMessage', body: 'Anybody there?' }])
  })

  test('When the app answers 500, then the same event comes again, three times at most', async () => {
    answerStatus = 500
    await installApp(sandbox)
    await sandbox.settle()
    expect(received).toHaveLength(3)
    expect(new Set(bodies().map(({ webhookId }) => webhookId)).size).toBe(1)
  })

  test('When events are held, then they can be released in reverse', async () => {
    await installApp(sandbox)
    await sandbox.settle()
    received.length = 0
    sandbox.webhooks.hold()
    sandbox.replyNow(seedIds.contact.maya, 'first')
    sandbox.replyNow(seedIds.contact.maya, 'second')
    await sandbox.webhooks.release('reversed')
    expect(bodies().map(({ body }) => body)).toEqual(['second', 'first'])
  })

  test.each([
    ['as it is', {}, true],
    ['respaced', { respaced: true }, true],
    ['as raw bytes', { rawBody: '{"broken' }, true],
    ['tampered', { tampered: true }, false],
    ['signed by another', { signature: 'foreign' as const }, false],
    ['marked N/A', { signature: 'N/A' as const }, false],
    ['without a signature', { signature: 'none' as const }, false],
  ])('When an event is sent %s, then its signature says so', async (_case, options, signed) => {
    await sandbox.sendWebhook(
      { type: 'ContactUpdate', locationId: seedIds.location.main, note: 'a/b' },
      options,
    )
    expect(received.map(isSigned)).toEqual([signed])
  })
})

describe('user context', () => {
  test('When it is made with the published vector, then it is that ciphertext', () => {
    const text =
      '{"userId":"u1","companyId":"c1","role":"admin","type":"agency","activeLocation":"loc1","userName":"Test User","email":"t@example.com"}'
    const salt = Buffer.from('0102030405060708', 'hex')
    expect(encryptUserContext(text, 'test-shared-secret', salt)).toBe(
      'U2FsdGVkX18BAgMEBQYHCFdukKKXL56W7TS1pvgDV4+WNlzlz3+AIW7bD0uMepESxVH7BwtA75KppQNH8Y87kHLXUpR4cq9EMpf/dLcs57e5LSQ0mEVTo27VDXKMiB3RY6b8yHbLnFlSAztEbno+vL+gnszSzzc1/iUnbFFum6WEVsHgS0B4P60TpGBzfJggCBfL/h58ohjwRf0556R+zw==',
    )
  })

  test('When it is made for a user, then it names the active location and no locationId', () => {
    const sealed = Buffer.from(
      sandbox.userContext({ userId: seedIds.user.rep, locationId: seedIds.location.main }),
      'base64',
    )
    const context: unknown = JSON.parse(decrypt(sealed, String(settings['GHL_APP_SSO_KEY'])))
    expect(context).toMatchObject({ type: 'location', role: 'user', activeLocation: seedIds.location.main })
    expect(context).not.toHaveProperty('locationId')
  })
})

function decrypt(sealed: Buffer, passphrase: string): string {
  const md5 = (...chunks: Buffer[]) => createHash('md5').update(Buffer.concat(chunks)).digest()
  const secret = Buffer.concat([Buffer.from(passphrase), sealed.subarray(8, 16)])
  const first = md5(secret)
  const second = md5(first, secret)
  const decipher = createDecipheriv('aes-256-cbc', Buffer.concat([first, second]), md5(second, secret))
  return Buffer.concat([decipher.update(sealed.subarray(16)), decipher.final()]).toString()
}
