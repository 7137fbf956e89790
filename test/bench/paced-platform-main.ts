/** The platform's limit and nothing else: MAX calls in INTERVAL_MS per location, by the time they arrive. */
import { createServer } from 'node:http'
import { tellOrigin } from './child-origin.ts'

const max = Number(process.env['MAX'])
const intervalMs = Number(process.env['INTERVAL_MS'])
const answerMs = 20

export type PacedReport = {
  accepted: number
  refused: number
  /** From the first accepted write to the last. */
  tookMs: number
}

const windows = new Map<string, number[]>()
const marks = new Set<string>()
let report = { accepted: 0, refused: 0, firstAt: 0, lastAt: 0 }

function admit(location: string): boolean {
  const now = performance.now()
  const times = windows.get(location) ?? []
  while (times[0] !== undefined && times[0] <= now - intervalMs) times.shift()
  if (times.length >= max) return false
  times.push(now)
  windows.set(location, times)
  return true
}

const server = createServer((request, response) => {
  const { searchParams, pathname } = new URL(request.url ?? '/', 'http://localhost')
  request.resume()
  if (pathname === '/report') {
    const { accepted, refused, firstAt, lastAt } = report
    response.end(JSON.stringify({ accepted, refused, tookMs: lastAt - firstAt } satisfies PacedReport))
    report = { accepted: 0, refused: 0, firstAt: 0, lastAt: 0 }
    marks.clear()
    return
  }
  const headers = {
    'Content-Type': 'application/json',
    'X-RateLimit-Max': String(max),
    'X-RateLimit-Interval-Milliseconds': String(intervalMs),
  }
  if (!admit(searchParams.get('location') ?? '')) {
    report.refused += 1
    response.writeHead(429, headers).end('{"message":"Too Many Requests"}')
    return
  }
  const mark = searchParams.get('mark')
  if (mark !== null && !marks.has(mark)) {
    marks.add(mark)
    report.accepted += 1
    report.firstAt ||= performance.now()
    report.lastAt = performance.now()
  }
  setTimeout(() => response.writeHead(200, headers).end('{}'), answerMs)
})
server.keepAliveTimeout = 600_000
tellOrigin(server)
