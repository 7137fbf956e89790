/** `npm run demo`: the app in a stand-in CRM, without any account. Everything it makes is gone when it ends. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDemoApp } from '../test/sandbox/demo-app.ts'
import { startSandbox } from '../test/sandbox/sandbox.ts'

type Undo = () => Promise<unknown>

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No free port was given.')
  return address.port
}

/** The first of: the person ends the demo, or the app ends by itself. */
function endOf(appEnded: Promise<void>, ended: Promise<void>): Promise<'stopped' | 'app ended'> {
  return Promise.race([ended.then(() => 'stopped' as const), appEnded.then(() => 'app ended' as const)])
}

const stopRequested = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
})

/** @returns the exit code */
async function runDemo(undo: Undo[]): Promise<number> {
  console.log('Starting the demo …')
  const dataDir = await mkdtemp(join(tmpdir(), 'wrapup-demo-'))
  undo.push(() => rm(dataDir, { recursive: true, force: true }))

  const sandbox = await startSandbox({
    port: Number(process.env['PORT'] || 0),
    behaviour: { replies: 'on' },
  })
  undo.push(() => sandbox.close())

  const publicUrl = `http://127.0.0.1:${await freePort()}`
  const app = startDemoApp(publicUrl, { ...sandbox.settingsFor(publicUrl), DATA_DIR: join(dataDir, 'data') })
  undo.push(() => app.stop())

  const stopped = endOf(app.ended, stopRequested)
  const began = await Promise.race([app.ready.then(() => 'ready' as const), stopped])
  if (began === 'ready') {
    console.log(`Open ${sandbox.origin}/?guide=1\nCtrl+C ends it.`)
  }
  if ((await stopped) === 'stopped') return 0
  console.error(`The app ended unexpectedly. It said last:\n${app.lastWords()}`)
  return 1
}

const undo: Undo[] = []
const exitCode = await runDemo(undo).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 1
})
for (const step of undo.toReversed()) await step()
process.exit(exitCode)
