import { randomBytes } from 'node:crypto'
import { startSandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { freePort, startAppProcess, type AppProcess } from './app-process.ts'
import { createRecorder } from './recorded-output.ts'
import { createTestDatabase } from './test-database.ts'

/**
 * Processes of the app on one database beside the stand-in CRM, which are there to be killed. Time is real.
 * @param alsoHidden what else no log may hold
 */
export async function startProcessStage(
  moreSettings: Record<string, string> = {},
  alsoHidden: () => string[] = () => [],
) {
  const testDatabase = await createTestDatabase()
  const sandbox = await startSandbox({ seed: 'small' })
  const recorder = createRecorder()
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  const secrets = {
    SESSION_SECRET: randomBytes(32).toString('hex'),
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  }
  const settings = {
    ...sandbox.settingsFor(publicUrl),
    ...secrets,
    PUBLIC_URL: publicUrl,
    DATABASE_URL: testDatabase.url,
    ...moreSettings,
  }
  const running = new Set<AppProcess>()
  const sessionTokens: string[] = []

  async function start(listenOn: number): Promise<AppProcess> {
    const started = await startAppProcess({ ...settings, PORT: String(listenOn) }, (line) =>
      recorder.destination.write(line),
    )
    running.add(started)
    return started
  }

  return {
    sandbox,
    publicUrl,
    databaseUrl: testDatabase.url,
    logs: () => recorder.logs,
    /** The process that the CRM reaches. */
    startFirst: () => start(port),
    startAnother: () => start(0),

    async kill(app: AppProcess): Promise<void> {
      running.delete(app)
      await app.kill()
    },

    /** @returns the exit code */
    async stop(app: AppProcess): Promise<unknown> {
      const code = await app.stop()
      running.delete(app)
      return code
    },

    async install(): Promise<void> {
      const { admin } = seedIds.user
      const approval = { userId: admin, locationIds: [seedIds.location.main] }
      const { status, text } = await sandbox.installFromMarketplace(approval)
      if (status !== 200) throw new Error(`install answered ${status}: ${text}`)
    },

    async signIn(userId: string = seedIds.user.rep): Promise<string> {
      const encryptedData = sandbox.userContext({ userId, locationId: seedIds.location.main })
      const answer = await fetch(`${publicUrl}/api/session`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ encryptedData }),
      })
      const { token } = (await answer.json()) as { token?: string }
      if (token === undefined) throw new Error(`sign-in answered ${answer.status}`)
      sessionTokens.push(token)
      return token
    },

    async close(): Promise<void> {
      await Promise.all([...running].map((app) => app.stop()))
      recorder.save([
        ...Object.values(secrets),
        ...sessionTokens,
        ...sandbox.secrets(),
        ...sandbox.privateTexts(),
        ...alsoHidden(),
      ])
      await sandbox.close()
      await testDatabase.drop()
    },
  }
}
