import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { freePort, startAppProcess } from './bench-child.ts'
import type { Figure } from './bench-report.ts'
import { addSeldomFaults, runSoakLoad, type SoakTally } from './soak-load.ts'
import { flatness, watchProcess } from './soak-watch.ts'

/** Words of the runtime for what nobody caught, and for what leaks. */
const uncaught = /unhandled ?rejection|uncaught|MaxListenersExceeded|TimeoutOverflow/i

function countOf(tally: SoakTally, pattern: RegExp): number {
  return [...tally].reduce((sum, [what, count]) => (pattern.test(what) ? sum + count : sum), 0)
}

/** The built app as a process of its own under everything at once, beside a platform that fails now and then. */
export async function soak(minutes: number, seed = 1): Promise<Figure[]> {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'wrapup-soak-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const sandbox = await startSandbox({
    seed: 'small',
    behaviour: { rateLimit: { max: 1_000, intervalMs: 10_000, perDay: 10_000_000 }, replies: 'off' },
  })
  cleanup.defer(() => sandbox.close())
  const [port, metricsPort] = [await freePort(), await freePort()]
  const publicUrl = `http://127.0.0.1:${port}`
  const logFile = join(folder, 'app.log')
  const app = await startAppProcess({
    settings: {
      ...sandbox.settingsFor(publicUrl),
      PUBLIC_URL: publicUrl,
      METRICS_PORT: String(metricsPort),
      DATA_DIR: join(folder, 'data'),
      SESSION_SECRET: randomBytes(32).toString('hex'),
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    },
    port,
    logFile,
  })
  cleanup.defer(app.stop)
  let hasEnded = false
  void app.ended.then(() => (hasEnded = true))
  const { location, user } = seedIds
  await sandbox.installFromMarketplace({ userId: user.admin, locationIds: [location.main] })
  addSeldomFaults(sandbox, seed)

  const signal = AbortSignal.timeout(minutes * 60_000)
  const [tally, samples] = await Promise.all([
    runSoakLoad({ origin: publicUrl, sandbox, signal, seed }),
    watchProcess(`http://127.0.0.1:${metricsPort}/metrics`, signal),
  ])
  const endedEarly = hasEnded
  await app.stop()
  const log = await readFile(logFile, 'utf8')
  console.log([...tally].map(([what, count]) => `  ${what}: ${count}`).join('\n'))
  return [
    { name: 'requests answered', value: countOf(tally, /^answered/), unit: '' },
    { name: 'webhooks acknowledged', value: countOf(tally, /^webhook 200/), unit: '' },
    { name: 'unexpected answers', value: countOf(tally, /^unexpected/), unit: '', goal: { atMost: 0 } },
    ...flatness(samples),
    {
      name: 'lines of the log that tell of what nobody caught',
      value: log.split('\n').filter((line) => uncaught.test(line)).length,
      unit: '',
      goal: { atMost: 0 },
    },
    { name: 'ended by itself', value: endedEarly ? 1 : 0, unit: '', goal: { atMost: 0 } },
  ]
}
