import { createTestDatabase } from '../support/test-database.ts'
import { startTestDatabaseServer } from '../support/database-server.ts'
import { type BenchWorker, startServer, startWorker } from './bench-child.ts'
import { type Figure, median } from './bench-report.ts'
import type { BenchSettings } from './bench-settings.ts'
import type { PacedReport } from './paced-platform-main.ts'
import type { WriterOrder, WriterWord } from './paced-writer-main.ts'

type Writer = BenchWorker<WriterOrder, WriterWord>

type Run = {
  name: string
  max: number
  intervalMs: number
  processes: number
  locations: number
  /** Per location. */
  writes: number
  /** Time over optimum. */
  goal: { atMost: number }
}

/** In windows of the limit: rarely enough for the calls that are kept for people. */
const personEvery = 0.4
const idleCalls = 15

function runsOf(settings: BenchSettings): Run[] {
  const scaled = { max: 100, intervalMs: 1_000, locations: 1, writes: settings.repetitions > 2 ? 1_000 : 300 }
  const real = { max: 100, intervalMs: 10_000, locations: 1, writes: 1_000, goal: { atMost: 1.02 } }
  const goal = { atMost: 1.05 }
  return [
    { name: 'paced writes', ...scaled, processes: 1, goal },
    { name: 'paced writes by 2 processes', ...scaled, processes: 2, goal },
    {
      name: 'paced writes by 2 processes to 20 locations',
      max: 100,
      intervalMs: 4_000,
      locations: 20,
      writes: settings.repetitions > 2 ? 500 : 150,
      processes: 2,
      goal,
    },
    ...(settings.full
      ? [
          { name: 'paced writes, real window', ...real, processes: 1 },
          { name: 'paced writes by 2 processes, real window', ...real, processes: 2 },
          {
            name: 'paced writes by 2 processes to 20 locations, real window',
            ...real,
            locations: 20,
            writes: 500,
            processes: 2,
            goal,
          },
        ]
      : []),
  ]
}

async function writtenBy(writers: readonly Writer[], run: Run, locations: string[]): Promise<number> {
  const words = await Promise.all(
    writers.map(async (writer, place) => {
      const count = Math.floor(run.writes / writers.length)
      writer.send({ kind: 'write', locations, count, mark: `writer${place}` })
      return writer.next('written')
    }),
  )
  return words.reduce((sum, { failed }) => sum + failed, 0)
}

async function measureRun(run: Run, databaseUrl: string): Promise<Figure[]> {
  await using cleanup = new AsyncDisposableStack()
  const platform = await startServer('paced-platform-main.ts', {
    MAX: String(run.max),
    INTERVAL_MS: String(run.intervalMs),
  })
  cleanup.defer(platform.stop)
  const settings = { PLATFORM_ORIGIN: platform.origin, DATABASE_URL: databaseUrl }
  const writers: Writer[] = []
  for (let place = 0; place < run.processes; place += 1) {
    const writer = startWorker<WriterOrder, WriterWord>('paced-writer-main.ts', settings)
    cleanup.defer(writer.stop)
    await writer.next('ready')
    writers.push(writer)
  }
  const locations = Array.from({ length: run.locations }, (_, place) => `location${place}`)
  const [location = ''] = locations
  const person = writers.at(-1)
  if (!person) throw new Error('a run needs a process')

  person.send({ kind: 'person', location, everyMs: 50, count: idleCalls })
  const idleMs = median((await person.next('person')).times.slice(3))
  const writing = writtenBy(writers, run, locations)
  person.send({ kind: 'person', location, everyMs: run.intervalMs * personEvery })
  const failed = await writing
  person.send({ kind: 'stop person' })
  const { times } = await person.next('person')

  const answer = await fetch(`${platform.origin}/report`)
  const report = (await answer.json()) as PacedReport
  const lost = run.locations * run.writes - report.accepted
  // A person's calls take their part of the limit, too: their location is the last to be done.
  const optimumMs = ((run.writes + times.length) * run.intervalMs) / run.max
  return [
    {
      name: `${run.name}: lost, failed or refused for pace`,
      value: lost + failed + report.refused,
      unit: '',
      goal: { atMost: 0 },
    },
    {
      name: `${run.name}: time, times the optimum`,
      value: report.tookMs / optimumMs,
      unit: '',
      goal: run.goal,
    },
    { name: '  a person’s call, idle', value: idleMs, unit: 'ms' },
    {
      name: '  a person’s call meanwhile, median times idle',
      value: median(times) / idleMs,
      unit: '',
      goal: { atMost: 2 },
    },
    {
      name: '  a person’s call meanwhile, slowest times idle',
      value: Math.max(...times) / idleMs,
      unit: '',
      // On a machine that is busy with twenty locations, one slow call is no word on the pace.
      ...(run.locations === 1 && { goal: { atMost: 2 } }),
    },
  ]
}

/** Many writes in the background against the platform's limit, and what a person notices of them. */
export async function measurePacedWrites(settings: BenchSettings): Promise<Figure[]> {
  const databases = await startTestDatabaseServer()
  const figures: Figure[] = []
  try {
    for (const run of runsOf(settings)) {
      const database = await createTestDatabase({ server: databases.server })
      try {
        figures.push(...(await measureRun(run, database.url)))
      } finally {
        await database.drop()
      }
    }
  } finally {
    await databases.stop()
  }
  return figures
}
