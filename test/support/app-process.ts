import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { resolve } from 'node:path'
import { settingNames } from '../../server/config.ts'

const root = resolve(import.meta.dirname, '../..')

export type AppProcess = Awaited<ReturnType<typeof startAppProcess>>

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/**
 * The app in a process of its own, from its first moment on.
 * @param onLine gets every line that it writes
 */
export function launchAppProcess(settings: Record<string, string>, onLine: (line: string) => void) {
  const unset = Object.fromEntries(settingNames.map((name) => [name, '']))
  const child = spawn(process.execPath, ['server/main.ts'], {
    cwd: root,
    env: { ...process.env, ...unset, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const listening = Promise.withResolvers<string>()
  const lastLines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      onLine(line)
      lastLines.push(line)
      if (lastLines.length > 20) lastLines.shift()
      const port = /"port":(\d+).*"msg":"listening"/.exec(line)?.[1]
      if (port) listening.resolve(`http://127.0.0.1:${port}`)
    })
  }
  const ended = once(child, 'close').then(([code]: unknown[]) => {
    listening.reject(new Error(`The app ended: ${lastLines.join('\n')}`))
    return code
  })
  listening.promise.catch(() => {})

  /** @returns the exit code; null where the signal ended it */
  function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<unknown> {
    child.kill(signal)
    return ended
  }

  return {
    /** Its address, once it is ready. */
    listening: listening.promise,
    /** The exit code. */
    ended,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

/** As `launchAppProcess`; resolves when it is ready. */
export async function startAppProcess(settings: Record<string, string>, onLine: (line: string) => void) {
  const { listening, kill, stop } = launchAppProcess(settings, onLine)
  return { url: await listening, kill, stop }
}
