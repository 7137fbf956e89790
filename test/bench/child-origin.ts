import type { Server } from 'node:net'

/** In a process that `startServer` started: listens on loopback, says where, and ends with its parent. */
export function tellOrigin(server: Server, protocol: 'http' | 'https' = 'http'): void {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port was given')
    process.send?.(`${protocol}://127.0.0.1:${address.port}`)
  })
  process.on('disconnect', () => process.exit())
  process.on('SIGTERM', () => process.exit())
}
