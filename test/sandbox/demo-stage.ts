import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDemoApp, type DemoApp } from './demo-app.ts'
import { startCarriers } from '../support/carriers.ts'
import { createLiveClock } from '../support/clock.ts'
import { bulksmsSystem, heymarketSystem } from './other-systems.ts'
import { startSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts'

/** The stand-in CRM and the other SMS systems, and the app in a process of its own with throw-away settings and files. */
export type DemoStage = { sandbox: Sandbox; app: DemoApp; publicUrl: string }

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No free port was given.')
  return address.port
}

/** Sets the stage for as long as `play` runs; the app may still be starting then. */
export async function withDemoStage<Result>(
  options: Omit<SandboxOptions, 'clock' | 'systems'>,
  play: (stage: DemoStage) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'wrapup-demo-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const clock = createLiveClock()
  const carriers = await startCarriers(clock)
  cleanup.defer(() => carriers.close())
  const systems = [heymarketSystem(carriers.heymarket), bulksmsSystem(carriers.bulksms)]
  const sandbox = await startSandbox({ ...options, clock, systems })
  cleanup.defer(() => sandbox.close())
  const publicUrl = `http://127.0.0.1:${await freePort()}`
  const settings = { ...sandbox.settingsFor(publicUrl), ...carriers.settings, DATA_DIR: join(folder, 'data') }
  const app = startDemoApp(publicUrl, settings)
  cleanup.defer(() => app.stop())
  return await play({ sandbox, app, publicUrl })
}
