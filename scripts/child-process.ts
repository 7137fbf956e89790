import { spawn, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'

/**
 * The exit code of a program that gets our terminal and the signals that we get. Those no longer end this process:
 * they often come twice, from the terminal and from npm, and what is to be done after the program must still be done.
 */
export async function runChild(program: string, args: string[], options: SpawnOptions = {}): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', ...options })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  const [code]: unknown[] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}
