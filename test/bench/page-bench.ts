import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import vue from '@vitejs/plugin-vue'
import express from 'express'
import { build } from 'vite'
import { projectRoot } from '../../scripts/build-stamp.ts'
import { createPageRoutes } from '../../server/page-routes.ts'
import { createLiveClock } from '../support/clock.ts'
import { startTestDatabaseServer } from '../support/database-server.ts'
import { startWorld } from '../support/world.ts'
import type { Figure } from './bench-report.ts'
import { measureLighthouse } from './page-lighthouse.ts'
import { measureOpenTime, scriptsOfOpening, serveParentPage } from './page-open-time.ts'
import { measurePageWeight } from './page-weight.ts'

async function serveBarePage(outDir: string) {
  await build({
    root: join(projectRoot, 'test/bench/bare-page'),
    configFile: false,
    plugins: [vue()],
    logLevel: 'error',
    build: { outDir, emptyOutDir: true, modulePreload: { polyfill: false } },
  })
  const app = express()
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' })
  })
  app.use(createPageRoutes({ clientDir: outDir }))
  const server = createServer(app)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** What the page weighs, how soon it is usable beside a bare one, and what Lighthouse says of it. */
export async function measurePage(): Promise<Figure[]> {
  const bareDir = await mkdtemp(join(tmpdir(), 'wrapup-bare-'))
  const databases = await startTestDatabaseServer()
  const parent = await serveParentPage()
  const world = await startWorld({
    seed: 'full',
    clock: createLiveClock(),
    databaseServer: databases.server,
    settings: { FRAME_ANCESTORS: parent.origin },
  })
  const bare = await serveBarePage(bareDir)
  try {
    const { userId, locationId } = await world.installed()
    const userContext = world.sandbox.userContext({ userId, locationId })
    parent.answer(userContext)
    // What answers no page and may be framed all the same; data may not.
    const warmUrl = `${world.publicUrl}/assets/none`
    const app = { name: 'Wrapup', warmUrl, pageUrl: `${world.publicUrl}/` }
    return [
      ...measurePageWeight(join(projectRoot, 'dist/client'), await scriptsOfOpening(parent, app)),
      ...(await measureOpenTime(parent, app, {
        name: 'Vue + Pinia + router',
        warmUrl: `${bare.origin}/healthz`,
        pageUrl: `${bare.origin}/`,
      })),
      ...(await measureLighthouse(`${world.publicUrl}/`, userContext)),
    ]
  } finally {
    bare.server.close()
    parent.close()
    await world.close()
    await databases.stop()
    await rm(bareDir, { recursive: true, force: true })
  }
}
