import { setTimeout as pause } from 'node:timers/promises'
import { type Figure, median } from './bench-report.ts'

export type ProcessSample = {
  residentMb: number
  heapUsedMb: number
  /** Open sockets, timers and whatever else keeps the process alive. */
  resources: number
}

const everyMs = 1_000
const mb = 1024 * 1024
/** Sockets come and go with the load. */
const resourceSlack = 5

/** The value of a metric without labels. */
function valueOf(text: string, name: string): number {
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`the app does not tell ${name}`)
  return Number(value)
}

/** Looks at the process once a second through its own metrics. */
export async function watchProcess(metricsUrl: string, signal: AbortSignal): Promise<ProcessSample[]> {
  const samples: ProcessSample[] = []
  while (!signal.aborted) {
    const text = await (await fetch(metricsUrl)).text()
    samples.push({
      residentMb: valueOf(text, 'process_resident_memory_bytes') / mb,
      heapUsedMb: valueOf(text, 'nodejs_heap_size_used_bytes') / mb,
      resources: valueOf(text, 'nodejs_active_resources_total'),
    })
    await pause(everyMs)
  }
  return samples
}

/** What the heap falls to between collections: the garbage on top of it says nothing. */
const floorOf = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return median(sorted.slice(0, Math.max(1, Math.floor(sorted.length / 5))))
}

/** The last third of the time beside the middle one; in the first the process warms up. */
export function flatness(samples: readonly ProcessSample[]): Figure[] {
  const third = Math.floor(samples.length / 3)
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)]
  const growth = (of: (sample: ProcessSample) => number, sum: (values: readonly number[]) => number) =>
    sum(last.map(of)) / sum(middle.map(of))
  const resources = [middle, last].map((part) => median(part.map((sample) => sample.resources)))
  return [
    {
      name: 'resident memory, last third',
      value: median(last.map((sample) => sample.residentMb)),
      unit: 'MB',
    },
    {
      name: 'resident memory, last third times the middle one',
      value: growth((sample) => sample.residentMb, median),
      unit: '',
      goal: { atMost: 1.05 },
    },
    {
      name: 'heap after collection, last third times the middle one',
      value: growth((sample) => sample.heapUsedMb, floorOf),
      unit: '',
      goal: { atMost: 1.05 },
    },
    {
      name: 'open handles, last third less the middle one',
      value: (resources[1] ?? 0) - (resources[0] ?? 0),
      unit: '',
      goal: { atMost: resourceSlack },
    },
  ]
}
