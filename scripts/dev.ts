/**
 * `npm run dev`: the app from its sources beside the stand-in CRM. The CRM's frame shows Vite's development server,
 * so that a change of the page shows at once; it passes the API on to the server, which restarts on a change.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'vite'
import { settingNames } from '../server/config.ts'
import { startSandbox } from '../test/sandbox/sandbox.ts'
import { projectRoot } from './build-stamp.ts'
import { runChild } from './child-process.ts'

const pagePort = 5173
const crmPort = 4000
const appPort = process.env['PORT'] || '3000'
const publicUrl = `http://127.0.0.1:${pagePort}`

/** The development configuration names the port to pass calls on to by this. */
process.env['PORT'] = appPort

const dataDir = await mkdtemp(join(tmpdir(), 'wrapup-dev-'))
const sandbox = await startSandbox({ port: crmPort })
const page = await createServer({
  configFile: join(projectRoot, 'vite.config.ts'),
  server: { host: '127.0.0.1', port: pagePort, strictPort: true },
})
await page.listen()

/** Nothing of a real deployment's settings gets here. */
const settings = {
  ...Object.fromEntries(settingNames.map((name) => [name, ''])),
  SESSION_SECRET: randomBytes(32).toString('base64'),
  ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  ...sandbox.settingsFor(publicUrl),
  PUBLIC_URL: publicUrl,
  PORT: appPort,
  DATA_DIR: join(dataDir, 'data'),
}

console.log(`Open ${sandbox.origin}/ (the page alone: ${publicUrl}/)\nCtrl+C ends it.`)
try {
  process.exitCode = await runChild(
    process.execPath,
    ['--watch', '--watch-preserve-output', 'server/main.ts'],
    {
      cwd: projectRoot,
      env: { ...process.env, ...settings },
    },
  )
} finally {
  await page.close()
  await sandbox.close()
  await rm(dataDir, { recursive: true, force: true })
}
