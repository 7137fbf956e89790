/** Hands bytes on after DELAY_MS in each direction, as a long way does; also the end of a connection. */
import { connect, createServer, type Socket } from 'node:net'
import { tellOrigin } from './child-origin.ts'

const { TARGET_ORIGIN = '', DELAY_MS = '50' } = process.env
const { hostname, port, protocol } = new URL(TARGET_ORIGIN)
const delayMs = Number(DELAY_MS)

function handOn(from: Socket, to: Socket): void {
  const later = (act: () => void) => setTimeout(act, delayMs)
  from.on('data', (bytes) => later(() => void (to.destroyed || to.write(bytes))))
  from.on('end', () => later(() => to.end()))
  from.on('error', () => to.destroy())
  from.on('close', () => later(() => to.destroy()))
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  // The way to the platform has its length also before the connection stands.
  near.pause()
  setTimeout(() => {
    const far = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true }, () => {
      handOn(near, far)
      handOn(far, near)
      near.resume()
    })
    far.on('error', () => near.destroy())
  }, delayMs * 2)
})
tellOrigin(server, protocol === 'https:' ? 'https' : 'http')
