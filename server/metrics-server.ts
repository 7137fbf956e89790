import { createServer, type Server } from 'node:http'
import { listen } from './http-listener.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

export type MetricsServer = { port: number; close(): Promise<void> }

/**
 * `/metrics` on a port of its own, which is not for the outside: the app's port, its proxies and its sessions know
 * nothing of it.
 */
export async function startMetricsServer(parts: {
  metrics: Pick<Metrics, 'text' | 'contentType'>
  host: string
  port: number
  logger: Logger
}): Promise<MetricsServer> {
  const { metrics, host, port, logger } = parts
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0]
    if (path !== '/metrics') return void response.writeHead(404).end()
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end()
    metrics.text().then(
      (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
      (error: unknown) => {
        logger.error({ err: error }, 'metrics could not be told')
        response.writeHead(500).end()
      },
    )
  })
  return { port: await listen(server, host, port, 'METRICS_PORT'), close: () => close(server) }
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  await promise
}
