import { createServer, type RequestListener, type Server } from 'node:http'

export type HttpLimits = {
  /** For how long an idle connection is kept. */
  keepAliveMs: number
  /** How long a request may take to arrive whole; an answer may take longer, such as a stream of events. */
  requestMs: number
  /** How often the latter is looked at. */
  checkEveryMs: number
}

/** Balancers keep idle connections for 60 s: one that we ended first would cost them the next request. */
const usualLimits: HttpLimits = { keepAliveMs: 75_000, requestMs: 30_000, checkEveryMs: 5_000 }

export function createHttpServer(listener: RequestListener, limits: HttpLimits = usualLimits): Server {
  return createServer(
    {
      keepAliveTimeout: limits.keepAliveMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkEveryMs,
    },
    listener,
  )
}

/** Requests that come from now on are another listener's; connections stay. */
export function handOver(server: Server, listener: RequestListener): void {
  server.removeAllListeners('request')
  server.on('request', listener)
}

/** The address cannot be listened on. `message` is for whoever runs the app: which setting, and what is wrong. */
export class ListenError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ListenError'
  }
}

/**
 * Listens once it resolves.
 * @param portSetting where the port came from, for whoever has to change it
 * @returns the port, which is another one where port 0 was asked for
 * @throws {ListenError}
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
  portSetting = 'PORT',
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, resolve)
  await promise.catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const words = faultWords(code, host, `${portSetting} ${port}`)
    throw words === undefined ? error : new ListenError(`${words} (${code})`, { cause: error })
  })
  server.off('error', reject)
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

function faultWords(code: string, host: string, port: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `${port} is in use on HOST ${host}: another program, or another process of this app, listens there. End that one, or set another port.`
    case 'EACCES':
      return `${port} is not for this user to listen on: ports below 1024 usually need a right of their own. Set a higher one.`
    case 'EADDRNOTAVAIL':
    case 'EAI_AGAIN':
    case 'ENOTFOUND':
      return `HOST ${host} is no address of this machine. Set it to one, such as 127.0.0.1, or to 0.0.0.0 for all of them.`
    default:
      return undefined
  }
}

const idleLookMs = 50

/**
 * Takes no new connections; requests under way may end, but not for ever.
 * @param withinMs after which connections are cut
 */
export async function drain(server: Server, withinMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  // Whoever keeps a connection open after its last answer would hold the process.
  const idle = setInterval(() => server.closeIdleConnections(), idleLookMs)
  const force = setTimeout(() => server.closeAllConnections(), withinMs)
  await promise
  clearInterval(idle)
  clearTimeout(force)
}
