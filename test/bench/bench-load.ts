import autocannon from 'autocannon'
import { Client } from 'undici'
import { median, spread } from './bench-report.ts'

export type LoadRequest = {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
}

export type Load = {
  origin: string
  seconds: number
  connections: number
  /** Asked anew for each request. */
  next: () => LoadRequest
}

/** Answers per second under load. @throws {Error} where anything but success was answered */
export async function requestsPerSecond({ origin, seconds, connections, next }: Load): Promise<number> {
  const result = await autocannon({
    url: origin,
    connections,
    duration: seconds,
    requests: [{ setupRequest: (request) => ({ ...request, ...next() }) }],
  })
  const failed = result.non2xx + result.errors + result.timeouts
  if (failed > 0) throw new Error(`${failed} of ${result.requests.total} requests to ${origin} failed`)
  if (result.requests.total === 0) throw new Error(`${origin} answered nothing in ${seconds} s`)
  return result.requests.total / result.duration
}

/** Milliseconds that each of so many requests took, one after the other on one connection. */
export async function latencies(origin: string, count: number, next: () => LoadRequest): Promise<number[]> {
  const client = new Client(origin, { keepAliveTimeout: 60_000 })
  const times: number[] = []
  try {
    for (let place = 0; place < count; place += 1) {
      const startedAt = performance.now()
      const answer = await client.request(next())
      await answer.body.dump()
      times.push(performance.now() - startedAt)
      if (answer.statusCode >= 300) throw new Error(`${origin} answered ${answer.statusCode}`)
    }
  } finally {
    await client.close()
  }
  return times
}

/** Measures all, turn by turn, in another order each time, so that a busy moment of the machine meets each alike. */
export async function interleaved<Name extends string>(
  repetitions: number,
  measures: Record<Name, () => Promise<number>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(measures) as Name[]
  const found = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const order = names.map((_, place) => names[(place + repetition) % names.length] as Name)
    for (const name of order) found[name].push(await measures[name]())
  }
  return found
}

/** Of two rows measured turn by turn: the median of their ratios, and how far these lie apart. */
export function ratioOf(values: readonly number[], others: readonly number[]) {
  const ratios = values.map((value, place) => value / (others[place] ?? Number.NaN))
  return { ratio: median(ratios), noise: spread(ratios) }
}
