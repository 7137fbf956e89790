import { mkdirSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { Server } from 'node:http'
import type { DestinationStream } from 'pino'

/** Where each world leaves its logs, error answers and secrets for the scan at the end of the run. */
export const recordingsDir = resolve(import.meta.dirname, '../../test-results/recordings')

export type Recording = { logs: string[]; errorAnswers: string[]; secrets: string[] }

/** Keeps what an application wrote: every log line and the body of every answer from 400 on. */
export function createRecorder() {
  const logs: string[] = []
  const errorAnswers: string[] = []
  const destination: DestinationStream = { write: (line) => void logs.push(line) }

  function watch(server: Server): void {
    server.prependListener('request', (_request, response) => {
      const chunks: Buffer[] = []
      const keep = (chunk: unknown) => {
        if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
      }
      const write = response.write.bind(response) as (...args: unknown[]) => boolean
      const end = response.end.bind(response) as (...args: unknown[]) => typeof response
      response.write = (...args: unknown[]) => {
        keep(args[0])
        return write(...args)
      }
      response.end = (...args: unknown[]) => {
        keep(args[0])
        if (response.statusCode >= 400) errorAnswers.push(Buffer.concat(chunks).toString('utf8'))
        return end(...args)
      }
    })
  }

  function save(secrets: string[]): void {
    mkdirSync(recordingsDir, { recursive: true })
    const recording: Recording = { logs, errorAnswers, secrets }
    writeFileSync(join(recordingsDir, `${randomUUID()}.json`), JSON.stringify(recording))
  }

  return { logs, errorAnswers, destination, watch, save }
}
