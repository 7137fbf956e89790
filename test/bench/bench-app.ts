import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encryptUserContext } from '../sandbox/user-context.ts'
import { type AppProcess, freePort, startAppProcess } from './bench-child.ts'
import { benchIds } from './platform-answers.ts'

const { companyId, locationId } = benchIds
const ssoKey = 'bench-shared-secret'
const webhookKeys = generateKeyPairSync('ed25519')
export const webhookPublicKey = webhookKeys.publicKey.export({ type: 'spki', format: 'pem' }).toString()

/** As the platform signs its webhooks. */
export const signWebhook = (body: string | Buffer): string =>
  sign(null, Buffer.from(body), webhookKeys.privateKey).toString('base64')

export const benchAppId = 'benchApp0000000000000001'

/** The app with a folder of its own, which several starts may follow each other on. */
export type BenchApp = {
  start(more?: Record<string, string>): Promise<AppProcess>
  /** Signs a user in, as the page does. */
  signIn(userId?: string): Promise<{ token: string; tookMs: number }>
  logFile: string
  remove(): Promise<void>
}

/** @param platformOrigin of a fake platform that knows `benchIds` */
export async function createBenchApp(platformOrigin: string): Promise<BenchApp> {
  const folder = await mkdtemp(join(tmpdir(), 'wrapup-bench-'))
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const logFile = join(folder, 'app.log')
  const settings = {
    GHL_APP_CLIENT_ID: `${benchAppId}-client`,
    GHL_APP_CLIENT_SECRET: 'bench-secret',
    GHL_APP_SSO_KEY: ssoKey,
    GHL_API_DOMAIN: platformOrigin,
    WEBHOOK_SIGNATURE_PUBLIC_KEY: webhookPublicKey,
    PUBLIC_URL: origin,
    SESSION_SECRET: randomBytes(32).toString('hex'),
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    DATA_DIR: join(folder, 'data'),
  }
  return {
    logFile,
    start: (more = {}) => startAppProcess({ settings: { ...settings, ...more }, port, logFile }),

    async signIn(userId = benchIds.userId) {
      const context = { userId, companyId, activeLocation: locationId, type: 'location', role: 'admin' }
      const encryptedData = encryptUserContext(JSON.stringify(context), ssoKey)
      const startedAt = performance.now()
      const answer = await fetch(`${origin}/api/session`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ encryptedData }),
      })
      const { token } = (await answer.json()) as { token?: string }
      const tookMs = performance.now() - startedAt
      if (token === undefined) throw new Error(`signing in answered ${answer.status}`)
      return { token, tookMs }
    },

    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** As the platform sends the browser back from its consent page. */
export async function installIn(app: AppProcess): Promise<void> {
  const answer = await fetch(`${app.origin}/oauth/callback?code=bench-code`)
  if (!answer.ok) throw new Error(`installing answered ${answer.status}`)
}
