/**
 * A process that makes many paced writes, as a background run of the app would: the app's own way to the platform and
 * its pace, shared over the database. Does what each message of its parent asks for.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createPaceRepository } from '../../server/highlevel/pace-repository.ts'
import { createPlatformHttp } from '../../server/highlevel/platform-http.ts'
import { createLogger } from '../../server/logger.ts'
import { runWithContext } from '../../server/request-context.ts'
import { openDatabase } from '../../server/storage/database.ts'

export type WriterOrder =
  | { kind: 'write'; locations: string[]; count: number; mark: string }
  /** Calls of a person, one after the other; until the next order where no count is given. */
  | { kind: 'person'; location: string; everyMs: number; count?: number }
  | { kind: 'stop person' }

export type WriterWord =
  { kind: 'ready' } | { kind: 'written'; failed: number } | { kind: 'person'; times: number[] }

const { PLATFORM_ORIGIN = '', DATABASE_URL = '' } = process.env
const database = await openDatabase({
  databaseUrl: DATABASE_URL,
  dataDir: '.',
  logger: createLogger('silent'),
})
const http = createPlatformHttp({
  baseUrl: PLATFORM_ORIGIN,
  paceStore: createPaceRepository({ db: database.db }),
})
const say = (word: WriterWord) => process.send?.(word)
let personStops = new AbortController()

async function call(location: string, mark: string): Promise<void> {
  const path = `/writes?location=${location}&mark=${mark}`
  await http.exchange({ method: 'POST', path, body: {}, effect: 'write', paceKey: `location:${location}` })
}

async function write({ locations, count, mark }: Extract<WriterOrder, { kind: 'write' }>): Promise<void> {
  const tries = locations.flatMap((location) =>
    Array.from({ length: count }, (_, place) => call(location, `${mark}-${location}-${place}`)),
  )
  const failed = (await Promise.allSettled(tries)).filter(({ status }) => status === 'rejected').length
  say({ kind: 'written', failed })
}

async function act({ location, everyMs, count = Infinity }: Extract<WriterOrder, { kind: 'person' }>) {
  const times: number[] = []
  const { signal } = (personStops = new AbortController())
  while (times.length < count && !signal.aborted) {
    const startedAt = performance.now()
    const context = { requestId: randomUUID(), deadlineAt: startedAt + 25_000, priority: 'person' as const }
    const path = `/reads?location=${location}`
    await runWithContext(context, () =>
      http.exchange({ method: 'GET', path, effect: 'read', paceKey: `location:${location}` }),
    )
    times.push(performance.now() - startedAt)
    await pause(everyMs)
  }
  say({ kind: 'person', times })
}

process.on('message', (order: WriterOrder) => {
  if (order.kind === 'write') void write(order)
  if (order.kind === 'person') void act(order)
  if (order.kind === 'stop person') personStops.abort()
})
process.on('disconnect', () => process.exit())
process.on('SIGTERM', () => process.exit())
say({ kind: 'ready' })
