import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { type BenchApp, createBenchApp, installIn } from './bench-app.ts'
import { startServer } from './bench-child.ts'
import { interleaved } from './bench-load.ts'
import { type Figure, median, spread } from './bench-report.ts'
import type { BenchSettings } from './bench-settings.ts'
import { createComparatorToken } from './comparator-token.ts'
import { benchIds } from './platform-answers.ts'
import { createLocalCertificate } from './local-certificate.ts'

const roundTripMs = 100
const burstSize = 20
/** Both sides have run their code before, as on any server that is in use. */
const warmUpBursts = 30
const goal = { atMost: 1.15 }
/** Longer than what Node's and undici's own agents keep an idle connection. */
const shortIdleMs = 6_000
const longIdleMs = 60_000

/** By a lean client: what it does for twenty answers at once is part of each one's time. */
async function timedRead(client: Pool, token: string): Promise<number> {
  const startedAt = performance.now()
  const answer = await client.request({
    method: 'GET',
    path: `/api/contacts/${benchIds.contactId}`,
    headers: { Authorization: `Bearer ${token}` },
  })
  await answer.body.dump()
  if (answer.statusCode !== 200) throw new Error(`the read answered ${answer.statusCode}`)
  return performance.now() - startedAt
}

async function timesOf(count: number, run: () => Promise<number>): Promise<number[]> {
  const times: number[] = []
  for (let place = 0; place < count; place += 1) times.push(await run())
  return times
}

/** The first call to the platform after a start, and what the same call takes later: signing in asks for the user. */
async function firstCalls(bench: BenchApp, certificateFile: string, repetitions: number) {
  const ratios: number[] = []
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const app = await bench.start({ NODE_EXTRA_CA_CERTS: certificateFile })
    try {
      const { tookMs } = await bench.signIn(`usrFirst${repetition}`)
      const later = []
      for (let place = 0; place < 5; place += 1)
        later.push((await bench.signIn(`usrLater${repetition}x${place}`)).tookMs)
      ratios.push(tookMs / median(later))
    } finally {
      await app.stop()
    }
  }
  return ratios
}

/** One read, and the slowest of some at once, of a server that has run both before. */
async function createReader(origin: string, token: string) {
  const client = new Pool(origin, { connections: burstSize, keepAliveTimeout: 2 * longIdleMs })
  const read = () => timedRead(client, token)
  const burst = async () => Math.max(...(await Promise.all(Array.from({ length: burstSize }, read))))
  await timesOf(warmUpBursts, burst)
  return { read, burst, close: () => client.destroy() }
}

/** Calls to a platform at a distance and over TLS: what a dropped or a missing connection would cost. */
export async function measureDistantPlatform(settings: BenchSettings): Promise<Figure[]> {
  await using cleanup = new AsyncDisposableStack()
  const { key, certificate } = createLocalCertificate()
  const folder = await mkdtemp(join(tmpdir(), 'wrapup-bench-tls-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const certificateFile = join(folder, 'certificate.pem')
  await writeFile(certificateFile, certificate)
  const platform = await startServer('fake-platform-main.ts', { TLS_KEY: key, TLS_CERTIFICATE: certificate })
  cleanup.defer(platform.stop)
  const proxy = await startServer('delay-proxy-main.ts', {
    TARGET_ORIGIN: platform.origin,
    DELAY_MS: String(roundTripMs / 2),
  })
  cleanup.defer(proxy.stop)
  const bench = await createBenchApp(proxy.origin)
  cleanup.defer(bench.remove)

  const environment = { NODE_EXTRA_CA_CERTS: certificateFile }
  const comparators = createComparatorToken()
  const floor = await startServer('floor-main.ts', {
    ...environment,
    PLATFORM_ORIGIN: proxy.origin,
    BENCH_SECRET: comparators.secret,
  })
  cleanup.defer(floor.stop)
  const bare = await createReader(floor.origin, comparators.token)
  cleanup.defer(bare.close)

  const app = await bench.start(environment)
  const { idle, warm, bursts, longIdle } = await (async () => {
    try {
      await installIn(app)
      const { token } = await bench.signIn()
      const ours = await createReader(app.origin, token)
      cleanup.defer(ours.close)
      const warmTimes = await interleaved(settings.repetitions * 4, { floor: bare.read, app: ours.read })
      const slowestTimes = await interleaved(settings.repetitions, { floor: bare.burst, app: ours.burst })
      await pause(shortIdleMs)
      const idleMs = await ours.read()
      if (settings.full) await pause(longIdleMs)
      return {
        warm: warmTimes,
        bursts: slowestTimes,
        idle: idleMs,
        longIdle: settings.full ? await ours.read() : undefined,
      }
    } finally {
      await app.stop()
    }
  })()
  const first = await firstCalls(bench, certificateFile, settings.repetitions)
  const warmMs = median(warm.app)
  return [
    { name: `a warm read, ${roundTripMs} ms away over TLS`, value: Math.round(warmMs), unit: 'ms' },
    { name: '  noise', value: spread(warm.app), unit: '' },
    { name: 'first call after the start, times a warm one', value: median(first), unit: '', goal },
    { name: '  noise', value: spread(first), unit: '' },
    { name: `after ${shortIdleMs / 1000} s idle, times a warm one`, value: idle / warmMs, unit: '', goal },
    ...(longIdle === undefined
      ? []
      : [
          {
            name: `after ${longIdleMs / 1000} s idle, times a warm one`,
            value: longIdle / warmMs,
            unit: '',
            goal,
          },
        ]),
    {
      name: `the slowest of a burst of ${burstSize}, times a warm one`,
      value: median(bursts.app) / warmMs,
      unit: '',
      goal,
    },
    { name: '  noise', value: spread(bursts.app), unit: '' },
    {
      name: '  of the floor, times its own warm one',
      value: median(bursts.floor) / median(warm.floor),
      unit: '',
    },
  ]
}
