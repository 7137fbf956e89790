import { spawn, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'

const passedOn = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** The exit code, as a shell would tell it, of a program that gets our terminal and the signals that we get. */
export async function runChild(program: string, args: string[], options: SpawnOptions = {}): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', ...options })
  const passOn = (signal: NodeJS.Signals) => void child.kill(signal)
  for (const signal of passedOn) process.on(signal, passOn)
  try {
    const [code]: unknown[] = await once(child, 'exit')
    return typeof code === 'number' ? code : 1
  } finally {
    for (const signal of passedOn) process.off(signal, passOn)
  }
}
