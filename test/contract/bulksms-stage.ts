import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createBulksmsAdapter } from '../../server/providers/bulksms-adapter.ts'
import type { OutboundText, ProviderEvent, ProviderWebhook } from '../../server/providers/provider-adapter.ts'
import { type BulksmsSandboxOptions, startBulksmsSandbox } from '../sandbox/bulksms/bulksms-sandbox.ts'
import { createTestClock } from '../support/clock.ts'

export type BulksmsStage = Awaited<ReturnType<typeof startBulksmsStage>>

/** The adapter beside the stand-in, and a place that takes its webhooks. */
export async function startBulksmsStage(behaviour: BulksmsSandboxOptions['behaviour'] = {}) {
  const clock = createTestClock()
  const sandbox = await startBulksmsSandbox({ clock, behaviour })
  const hooks = await startWebhookReceiver()
  const adapterWith = (settings: { sender: string | null }, credentials = sandbox.credentials()) =>
    createBulksmsAdapter({ baseUrl: sandbox.apiUrl, credentials, settings, timeoutMs: 2_000 })
  const adapter = adapterWith({ sender: null })
  return {
    clock,
    sandbox,
    adapter,
    adapterWith,
    hooks,
    /** Both webhooks, on their way to the receiver. */
    registered: () =>
      adapter.registerWebhooks({ url: `${hooks.url}?secret=hook-s3cret`, name: 'Wrapup', alertEmail: '' }),
    /** What came of all webhooks so far. */
    events: (): ProviderEvent[] => hooks.received.flatMap((webhook) => adapter.readWebhook(webhook) ?? []),
    async close() {
      await sandbox.close()
      hooks.close()
    },
  }
}

/** Takes webhooks as they come; `answers` are the next statuses, then 200. */
async function startWebhookReceiver() {
  const received: ProviderWebhook[] = []
  const answers: number[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value[0] : value,
        ]),
      )
      received.push({ body: Buffer.concat(chunks), headers, query: {} })
      response.writeHead(answers.shift() ?? 200).end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received,
    answers,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

let lastNumber = 1_000

/** A text to a fictional number, with dedupe ids of its own. */
export function bulksmsText(fields: Partial<OutboundText> = {}): OutboundText {
  lastNumber += 1
  return {
    to: '+15105553344',
    text: 'Hi Jordan',
    mediaUrls: [],
    dedupe: { text: `wrapup-${lastNumber}`, number: lastNumber },
    contactId: 'ocQHyuzHvysMo5N5VsXc',
    ...fields,
  }
}
