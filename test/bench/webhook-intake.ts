import { createBenchApp, installIn, signWebhook, webhookPublicKey } from './bench-app.ts'
import { startServer } from './bench-child.ts'
import { interleaved, type LoadRequest, ratioOf, requestsPerSecond } from './bench-load.ts'
import { type Figure, median } from './bench-report.ts'
import type { BenchSettings } from './bench-settings.ts'
import { byteForms, inboundMessage } from './webhook-bodies.ts'

const connections = 100
const path = '/webhooks/highlevel'
/** More than a second of any load takes. */
const signedPerSecond = 12_000

const signed = (body: string): LoadRequest => ({
  method: 'POST',
  path,
  headers: { 'Content-Type': 'application/json', 'X-GHL-Signature': signWebhook(body) },
  body,
})

/** Signing takes longer than checking, so all is signed beforehand; each is an event of its own. */
function prepare(count: number): () => LoadRequest {
  const requests = Array.from({ length: count }, () => signed(JSON.stringify(inboundMessage())))
  return () => {
    const request = requests.pop()
    if (!request) throw new Error('all prepared webhooks are sent')
    return request
  }
}

async function acceptedForms(origin: string): Promise<number> {
  const statuses = await Promise.all(
    byteForms().map(async ([, body]) => {
      const { method, headers } = signed(body)
      return (await fetch(origin + path, { method, headers, body })).status
    }),
  )
  return statuses.filter((status) => status === 200).length
}

/** Webhooks that are recorded and acknowledged, beside bare Express that checks the signature and keeps nothing. */
export async function measureWebhookIntake(settings: BenchSettings): Promise<Figure[]> {
  await using cleanup = new AsyncDisposableStack()
  const platform = await startServer('fake-platform-main.ts')
  cleanup.defer(platform.stop)
  const bare = await startServer('bare-webhooks-main.ts', { WEBHOOK_KEY: webhookPublicKey })
  cleanup.defer(bare.stop)
  const bench = await createBenchApp(platform.origin)
  cleanup.defer(bench.remove)
  const app = await bench.start()
  cleanup.defer(app.stop)
  await installIn(app)

  const { seconds } = settings
  const load = (origin: string) => () =>
    requestsPerSecond({ origin, seconds, connections, next: prepare(seconds * signedPerSecond) })
  const loads = { bare: load(bare.origin), app: load(app.origin) }
  // Both serve for hours: the first bout, in which their code is still being compiled, does not count.
  await interleaved(1, loads)
  const found = await interleaved(settings.repetitions, loads)
  const { ratio, noise } = ratioOf(found.app, found.bare)
  const forms = await acceptedForms(app.origin)
  return [
    { name: 'webhooks, bare Express: answers per second', value: Math.round(median(found.bare)), unit: '' },
    { name: 'webhooks, Wrapup: recorded per second', value: Math.round(median(found.app)), unit: '' },
    { name: 'webhooks: times bare Express', value: ratio, unit: '', goal: { atLeast: 0.5 } },
    { name: '  noise', value: noise, unit: '' },
    { name: 'byte forms of a signed body accepted, of 10', value: forms, unit: '', goal: { atLeast: 10 } },
    { name: 'memory after these webhooks', value: Math.round(app.memoryMb()), unit: 'MB' },
  ]
}
