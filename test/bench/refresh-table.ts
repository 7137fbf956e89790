import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { installationChannel } from '../../server/installations/installation-repository.ts'
import type { SandboxBehaviour } from '../sandbox/sandbox-behaviour.ts'
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startTestDatabaseServer } from '../support/database-server.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { type AppProcess, freePort, startAppProcess } from './bench-child.ts'
import type { Figure } from './bench-report.ts'
import type { BenchSettings } from './bench-settings.ts'

const concurrentCalls = 100
const { location, user } = seedIds
const reuses: SandboxBehaviour['refreshReuse'][] = ['grace', 'refuse', 'revoke']
const causes = ['by expiry', 'by 401'] as const
/** Until every process has heard that a row changed. */
const heardMs = 300

type Stage = { sandbox: Sandbox; apps: AppProcess[]; database: Client; token: string }

const refreshesOf = ({ calls }: Sandbox) => calls.filter(({ path }) => path === '/oauth/token').length

async function ask(app: AppProcess, token: string): Promise<boolean> {
  const answer = await fetch(`${app.origin}/api/tags`, { headers: { Authorization: `Bearer ${token}` } })
  await answer.arrayBuffer()
  return answer.ok
}

/** What the platform's time would do: for us the token is about to end, or for the platform alone it has. */
async function expire({ sandbox, database }: Stage, cause: (typeof causes)[number]): Promise<void> {
  if (cause === 'by expiry') {
    await database.query(`update installations set access_expires_at = now() + interval '1 second'`)
    await database.query('select pg_notify($1, $2)', [installationChannel, `location:${location.main}`])
  }
  sandbox.tokens.expireAccess()
  await pause(heardMs)
}

type CaseResult = { refreshes: number; failed: number; isAlive: boolean }

async function measureCase(
  stage: Stage,
  processes: number,
  cause: (typeof causes)[number],
): Promise<CaseResult> {
  const { sandbox, token } = stage
  const apps = stage.apps.slice(0, processes)
  const all = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, place) => ask(apps[place % apps.length] as AppProcess, token)),
    )
  await all(apps.length)
  await expire(stage, cause)
  const before = refreshesOf(sandbox)
  const failed = (await all(concurrentCalls)).filter((ok) => !ok).length
  const refreshes = refreshesOf(sandbox) - before
  // Alive is what can be refreshed once more.
  await expire(stage, 'by 401')
  return { refreshes, failed, isAlive: (await all(1)).every(Boolean) }
}

async function startStage(cleanup: AsyncDisposableStack, processes: number): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'wrapup-bench-refresh-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const databases = await startTestDatabaseServer()
  cleanup.defer(databases.stop)
  const { url, drop } = await createTestDatabase({ server: databases.server })
  cleanup.defer(drop)
  const rateLimit = { max: 100_000, intervalMs: 10_000, perDay: 10_000_000 }
  const sandbox = await startSandbox({ seed: 'small', behaviour: { rateLimit } })
  cleanup.defer(() => sandbox.close())
  const ports = await Promise.all(Array.from({ length: processes }, freePort))
  const publicUrl = `http://127.0.0.1:${ports[0]}`
  const settings = {
    ...sandbox.settingsFor(publicUrl),
    PUBLIC_URL: publicUrl,
    DATABASE_URL: url,
    SESSION_SECRET: randomBytes(32).toString('hex'),
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'warn',
  }
  const apps: AppProcess[] = []
  for (const port of ports) {
    const app = await startAppProcess({ settings, port, logFile: join(folder, 'app.log') })
    cleanup.defer(app.stop)
    apps.push(app)
  }
  await sandbox.installFromMarketplace({ userId: user.admin, locationIds: [location.main] })
  const answer = await fetch(`${publicUrl}/api/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      encryptedData: sandbox.userContext({ userId: user.rep, locationId: location.main }),
    }),
  })
  const { token = '' } = (await answer.json()) as { token?: string }
  const database = new Client({ connectionString: url })
  await database.connect()
  cleanup.defer(() => database.end())
  return { sandbox, apps, database, token }
}

/** A hundred calls at once meet a token that is no longer good: over processes, causes, and what the platform does of reuse. */
export async function measureRefresh(settings: BenchSettings): Promise<Figure[]> {
  await using cleanup = new AsyncDisposableStack()
  const counts = settings.repetitions > 2 ? [1, 2, 4] : [1, 2]
  const stage = await startStage(cleanup, Math.max(...counts))
  const results: CaseResult[] = []
  const figures: Figure[] = []
  for (const reuse of reuses) {
    stage.sandbox.behaviour.refreshReuse = reuse
    for (const cause of causes) {
      for (const count of counts) {
        const result = await measureCase(stage, count, cause)
        results.push(result)
        const name = `refreshes ${cause}, processes: ${count}, reuse: ${reuse}`
        figures.push({ name, value: result.refreshes, unit: '', goal: { atMost: 1 } })
      }
    }
  }
  const failed = results.reduce((sum, result) => sum + result.failed, 0)
  const lost = results.filter(({ isAlive }) => !isAlive).length
  return [
    ...figures,
    { name: `calls that failed, of ${concurrentCalls} each`, value: failed, unit: '', goal: { atMost: 0 } },
    { name: 'installations lost', value: lost, unit: '', goal: { atMost: 0 } },
  ]
}
