import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { composeApplication } from '../../server/composition.ts'
import type { Config } from '../../server/config.ts'
import { createLogger } from '../../server/logger.ts'
import { openDatabase } from '../../server/storage/database.ts'
import type { World } from './world.ts'

export type TwinApp = Awaited<ReturnType<typeof startTwinApp>>

/**
 * The application once more beside a world's own, on the same database but with connections and memory of its own,
 * as another process has them.
 */
export async function startTwinApp(
  { config: ofWorld, clock, recorder }: World,
  changes: Partial<Config> = {},
) {
  const config = { ...ofWorld, ...changes }
  const logger = createLogger(config.logLevel, recorder.destination)
  const { databaseUrl, dataDir } = config
  const database = await openDatabase({ databaseUrl, dataDir, logger })
  const application = composeApplication({
    config,
    database,
    logger,
    now: clock.now,
    clientDir: 'dist/client',
    runsSchedules: false,
  })
  await application.start()
  const server = createServer(application.app).listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sendJob: application.send,

    async close(): Promise<void> {
      server.close()
      server.closeAllConnections()
      await application.drain()
      await application.close()
      await database.close()
    },
  }
}
