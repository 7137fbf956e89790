import { createBenchApp } from './bench-app.ts'
import { type Figure, median, spread } from './bench-report.ts'
import type { BenchSettings } from './bench-settings.ts'

async function startsOf(settings: BenchSettings): Promise<{ fresh: number; existing: number }[]> {
  const starts: { fresh: number; existing: number }[] = []
  for (let repetition = 0; repetition < settings.repetitions; repetition += 1) {
    const bench = await createBenchApp('http://127.0.0.1:9')
    try {
      const first = await bench.start()
      await first.stop()
      const second = await bench.start()
      await second.stop()
      starts.push({ fresh: first.readyAfterMs, existing: second.readyAfterMs })
    } finally {
      await bench.remove()
    }
  }
  return starts
}

/** From the start of the process until it is ready, the PostgreSQL server of its own included. */
export async function measureStart(settings: BenchSettings): Promise<Figure[]> {
  const starts = await startsOf(settings)
  const [existing, fresh] = [starts.map((start) => start.existing), starts.map((start) => start.fresh)]
  return [
    { name: 'ready on an existing folder', value: median(existing) / 1000, unit: 's', goal: { atMost: 1.5 } },
    { name: '  noise', value: spread(existing), unit: '' },
    { name: 'ready on a new folder', value: median(fresh) / 1000, unit: 's', goal: { atMost: 3 } },
    { name: '  noise', value: spread(fresh), unit: '' },
  ]
}
