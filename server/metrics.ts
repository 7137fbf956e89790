import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { inTime } from './bounded-call.ts'
import type { Logger } from './logger.ts'

export type RequestObservation = {
  method: string
  /** The pattern that the route was declared with, such as `/api/contacts/:contactId`; never an address itself. */
  route: string
  status: number
  /** Unset for an answer that is a stream: how long it stayed open says nothing of the app's pace. */
  durationMs?: number
}

export type UpstreamObservation = { method: string; outcome: string; durationMs: number }

export type WebhookObservation = { type: string; outcome: 'stored' | 'repeated' | 'ignored' | 'refused' }

/** One value at the time of a scrape. */
export type Reading = { labels?: Record<string, string>; value: number }

export type ScrapedGauge = {
  name: string
  help: string
  labelNames?: readonly string[]
  read: () => Promise<Reading[]> | Reading[]
}

export type Metrics = ReturnType<typeof createMetrics>

const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const upstreamSeconds = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25]
/** Prometheus waits ten seconds for all. */
const readWithinMs = 3_000
const maxRoutes = 100
const maxUpstreamOutcomes = 30

const httpMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** What the platform calls its events; a forged or new name counts as "other". */
const webhookTypes = new Set(
  (
    'INSTALL UNINSTALL UPDATE LocationCreate LocationUpdate UserCreate UserUpdate UserDelete ' +
    'ContactCreate ContactUpdate ContactDelete ContactDndUpdate ContactTagUpdate ' +
    'NoteCreate NoteUpdate NoteDelete TaskCreate TaskComplete TaskDelete ' +
    'InboundMessage OutboundMessage ProviderOutboundMessage ConversationUnreadUpdate'
  ).split(' '),
)

/**
 * What Prometheus reads, in a registry of its own. Labels take few, known values: never an id, a name or an address.
 * The rest of the application sees only the verbs, and works as well without them.
 */
export function createMetrics({ logger }: { logger: Logger }) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const requests = new Counter({
    name: 'wrapup_http_requests_total',
    help: 'Requests answered, by route pattern',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const requestDuration = new Histogram({
    name: 'wrapup_http_request_duration_seconds',
    help: 'Time to the end of an answer; streams excepted',
    labelNames: ['method', 'route'],
    buckets: requestSeconds,
    registers,
  })
  const upstreamDuration = new Histogram({
    name: 'wrapup_upstream_call_duration_seconds',
    help: 'Calls to the CRM, each try by itself, by outcome: the class of status that was answered, or why none was',
    labelNames: ['method', 'outcome'],
    buckets: upstreamSeconds,
    registers,
  })
  const refreshes = new Counter({
    name: 'wrapup_token_refreshes_total',
    help: 'Renewals of stored tokens by result',
    labelNames: ['result'],
    registers,
  })
  const webhooks = new Counter({
    name: 'wrapup_webhooks_total',
    help: 'Webhooks received, by type and what became of them',
    labelNames: ['type', 'outcome'],
    registers,
  })
  const scrapeErrors = new Counter({
    name: 'wrapup_scrape_errors_total',
    help: 'Gauges left out of a scrape because they could not be read',
    labelNames: ['gauge'],
    registers,
  })

  const knownRoute = boundedLabel(maxRoutes)
  const knownOutcome = boundedLabel(maxUpstreamOutcomes)

  return {
    requestAnswered({ method, route, status, durationMs }: RequestObservation): void {
      const labels = { method: httpMethods.has(method) ? method : 'other', route: knownRoute(route) }
      requests.inc({ ...labels, status: `${Math.floor(status / 100)}xx` })
      if (durationMs !== undefined) requestDuration.observe(labels, durationMs / 1000)
    },

    upstreamCalled({ method, outcome, durationMs }: UpstreamObservation): void {
      upstreamDuration.observe({ method, outcome: knownOutcome(outcome) }, durationMs / 1000)
    },

    tokenRefreshed(result: 'refreshed' | 'refresh_failed' | 'reminted'): void {
      refreshes.inc({ result })
    },

    webhookReceived({ type, outcome }: WebhookObservation): void {
      webhooks.inc({ type: webhookTypes.has(type) ? type : 'other', outcome })
    },

    /** A gauge that is read when Prometheus asks; one that cannot be read is left out of that answer. */
    readAtScrape({ name, help, labelNames = [], read }: ScrapedGauge): void {
      /** Without labels it would be told as 0. */
      const leaveOut = () => {
        if (labelNames.length === 0) gauge.remove()
      }
      const gauge = new Gauge({
        name,
        help,
        labelNames,
        registers,
        async collect() {
          gauge.reset()
          try {
            const readings = await inTime(Promise.resolve(read()), readWithinMs)
            for (const { labels = {}, value } of readings) gauge.set(labels, value)
            if (readings.length === 0) leaveOut()
          } catch (error) {
            scrapeErrors.inc({ gauge: name })
            leaveOut()
            logger.warn({ err: error, gauge: name }, 'a metric could not be read')
          }
        },
      })
    },

    /** Everything in Prometheus' text format. */
    text: (): Promise<string> => registry.metrics(),
    contentType: registry.contentType,
  }
}

/** Keeps a label's values few whatever comes: those beyond `maxValues` are all "other". */
export function boundedLabel(maxValues: number): (value: string) => string {
  const seen = new Set<string>()
  return (value) => {
    if (seen.size < maxValues) seen.add(value)
    return seen.has(value) ? value : 'other'
  }
}
