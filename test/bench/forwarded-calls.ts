import { randomUUID } from 'node:crypto'
import { createBenchApp, installIn } from './bench-app.ts'
import { startServer } from './bench-child.ts'
import { interleaved, latencies, type LoadRequest, ratioOf, requestsPerSecond } from './bench-load.ts'
import { type Figure, median } from './bench-report.ts'
import type { BenchSettings } from './bench-settings.ts'
import { createComparatorToken } from './comparator-token.ts'
import { benchIds } from './platform-answers.ts'

const connections = 100
const contactPath = `/api/contacts/${benchIds.contactId}`
const maxMemoryMb = 120

type Origins = { app: string; floor: string; sdk: string; platform: string }
type Tokens = { app: string; others: string }

const read = (token: string): LoadRequest => ({
  method: 'GET',
  path: contactPath,
  headers: { Authorization: `Bearer ${token}` },
})

const send = (token: string): LoadRequest => ({
  method: 'POST',
  path: `${contactPath}/messages`,
  headers: {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json',
    'Idempotency-Key': randomUUID(),
  },
  body: '{"message":"The plans are ready to sign."}',
})

async function readThroughput(origins: Origins, tokens: Tokens, settings: BenchSettings): Promise<Figure[]> {
  const load = (origin: string, token: string) => () =>
    requestsPerSecond({ origin, seconds: settings.seconds, connections, next: () => read(token) })
  const found = await interleaved(settings.repetitions, {
    floor: load(origins.floor, tokens.others),
    app: load(origins.app, tokens.app),
    sdk: load(origins.sdk, tokens.others),
  })
  const [toFloor, toSdk] = [ratioOf(found.app, found.floor), ratioOf(found.app, found.sdk)]
  return [
    { name: 'read, floor: answers per second', value: Math.round(median(found.floor)), unit: '' },
    { name: 'read, SDK in Express: answers per second', value: Math.round(median(found.sdk)), unit: '' },
    { name: 'read, Wrapup: answers per second', value: Math.round(median(found.app)), unit: '' },
    { name: 'read: throughput, times the floor', value: toFloor.ratio, unit: '', goal: { atLeast: 0.28 } },
    { name: '  noise', value: toFloor.noise, unit: '' },
    { name: 'read: throughput, times the SDK', value: toSdk.ratio, unit: '', goal: { atLeast: 2.8 } },
    { name: '  noise', value: toSdk.noise, unit: '' },
  ]
}

/** What each adds to the platform's own answer, at one connection. */
async function addedLatency(origins: Origins, tokens: Tokens, settings: BenchSettings): Promise<Figure[]> {
  const count = settings.seconds * 150
  const halfOf = (origin: string, next: () => LoadRequest) => async () =>
    median(await latencies(origin, count, next))
  const direct = { ...read(''), path: `/contacts/${benchIds.contactId}` }
  const found = await interleaved(settings.repetitions * 2, {
    platform: halfOf(origins.platform, () => direct),
    floor: halfOf(origins.floor, () => read(tokens.others)),
    app: halfOf(origins.app, () => read(tokens.app)),
    sdk: halfOf(origins.sdk, () => read(tokens.others)),
  })
  const added = (times: readonly number[]) =>
    times.map((time, place) => time - (found.platform[place] ?? Number.NaN))
  const { ratio, noise } = ratioOf(added(found.app), added(found.floor))
  return [
    { name: 'read, floor: added to the median', value: median(added(found.floor)), unit: 'ms' },
    { name: 'read, SDK in Express: added to the median', value: median(added(found.sdk)), unit: 'ms' },
    { name: 'read, Wrapup: added to the median', value: median(added(found.app)), unit: 'ms' },
    { name: 'read: added to the median, times the floor', value: ratio, unit: '', goal: { atMost: 4 } },
    { name: '  noise', value: noise, unit: '' },
  ]
}

async function sendThroughput(origins: Origins, tokens: Tokens, settings: BenchSettings): Promise<Figure[]> {
  const load = (origin: string, token: string) => () =>
    requestsPerSecond({ origin, seconds: settings.seconds, connections, next: () => send(token) })
  const found = await interleaved(settings.repetitions, {
    app: load(origins.app, tokens.app),
    sdk: load(origins.sdk, tokens.others),
  })
  const { ratio, noise } = ratioOf(found.app, found.sdk)
  return [
    {
      name: 'text, SDK that keeps nothing: answers per second',
      value: Math.round(median(found.sdk)),
      unit: '',
    },
    {
      name: 'text, Wrapup with its ledger: answers per second',
      value: Math.round(median(found.app)),
      unit: '',
    },
    { name: 'text: throughput, times the SDK', value: ratio, unit: '', goal: { atLeast: 1.5 } },
    { name: '  noise', value: noise, unit: '' },
  ]
}

/** A read and a text that are handed on to the platform, beside a bare proxy and beside the vendor's own client. */
export async function measureForwardedCalls(settings: BenchSettings): Promise<Figure[]> {
  await using cleanup = new AsyncDisposableStack()
  const comparators = createComparatorToken()
  const platform = await startServer('fake-platform-main.ts')
  cleanup.defer(platform.stop)
  const environment = { PLATFORM_ORIGIN: platform.origin, BENCH_SECRET: comparators.secret }
  const [floor, sdk] = await Promise.all([
    startServer('floor-main.ts', environment),
    startServer('sdk-main.ts', environment),
  ])
  cleanup.defer(floor.stop)
  cleanup.defer(sdk.stop)
  const bench = await createBenchApp(platform.origin)
  cleanup.defer(bench.remove)
  const app = await bench.start()
  cleanup.defer(app.stop)
  await installIn(app)
  const { token } = await bench.signIn()
  const tokens = { app: token, others: comparators.token }
  const origins = { app: app.origin, floor: floor.origin, sdk: sdk.origin, platform: platform.origin }

  await readThroughput(origins, tokens, { ...settings, repetitions: 1, seconds: 1 })
  return [
    ...(await readThroughput(origins, tokens, settings)),
    ...(await addedLatency(origins, tokens, settings)),
    ...(await sendThroughput(origins, tokens, settings)),
    {
      name: 'memory after these loads',
      value: Math.round(app.memoryMb()),
      unit: 'MB',
      goal: { atMost: maxMemoryMb },
    },
  ]
}
