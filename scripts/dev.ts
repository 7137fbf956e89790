/**
 * `npm run dev`: the app from its sources beside the stand-in CRM. The CRM's frame shows Vite's development server,
 * so that a change of the page shows at once; it passes the API on to the server, which restarts on a change.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { settingNames } from '../server/config.ts'
import { startSandbox } from '../test/sandbox/sandbox.ts'
import { projectRoot } from './build-stamp.ts'
import { runChild } from './child-process.ts'

const pagePort = '5173'
const crmPort = 4000
const appPort = process.env['PORT'] || '3000'
const publicUrl = `http://127.0.0.1:${pagePort}`
const pollMs = 200

/** A process of its own: inside this one Vite would end it on SIGTERM, before the app has stopped. */
function startPageServer() {
  const program = join(projectRoot, 'node_modules/vite/bin/vite.js')
  const args = [program, '--host', '127.0.0.1', '--port', pagePort, '--strictPort', '--logLevel', 'warn']
  return spawn(process.execPath, args, {
    cwd: projectRoot,
    stdio: 'inherit',
    env: { ...process.env, PORT: appPort },
  })
}

async function announceWhenReady(crmOrigin: string): Promise<void> {
  const readiness = `http://127.0.0.1:${appPort}/readyz`
  while (!(await fetch(readiness).catch(() => undefined))?.ok) await pause(pollMs)
  console.log(`Open ${crmOrigin}/ (the page alone: ${publicUrl}/)\nCtrl+C ends it.`)
}

const dataDir = await mkdtemp(join(tmpdir(), 'wrapup-dev-'))
const sandbox = await startSandbox({ port: crmPort })

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

const pageServer = startPageServer()
void announceWhenReady(sandbox.origin)
const exitCode = await runChild(process.execPath, ['--watch', '--watch-preserve-output', 'server/main.ts'], {
  cwd: projectRoot,
  env: { ...process.env, ...settings },
})
pageServer.kill()
await sandbox.close()
await rm(dataDir, { recursive: true, force: true })
process.exit(exitCode)
