import { createAuditLog } from './audit/audit-log.ts'
import { createAuditRepository } from './audit/audit-repository.ts'
import { createAuditRoutes } from './audit/audit-routes.ts'
import { createAuditService } from './audit/audit-service.ts'
import { createHealthRoutes, type ReadyState } from './health-routes.ts'
import { oneAtATime } from './bounded-call.ts'
import type { PaceBudget } from './highlevel/request-pacer.ts'
import { createJobStatistics } from './jobs/job-statistics-repository.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createRateLimits } from './rate-limit.ts'
import type { Db } from './storage/database.ts'
import type { Surroundings } from './surroundings.ts'

export type Operations = ReturnType<typeof composeOperations>

/** What whoever runs the app looks at: health, figures, limits, and who did what. */
export function composeOperations({ config, database, logger, now }: Surroundings) {
  let state: ReadyState = 'starting'
  const auditRepository = createAuditRepository({ db: database.db })
  const auditService = createAuditService({ repository: auditRepository, now })
  const { trustedProxies } = config
  const metrics = config.metricsPort === undefined ? undefined : createMetrics({ logger })
  if (metrics) measureJobs(metrics, database.db)
  return {
    /** Undefined where nobody reads them: then nothing is measured. */
    metrics,
    audited: createAuditLog({ repository: auditRepository, logger, now }),
    pruneAudit: auditService.prune,
    auditRoutes: createAuditRoutes({ auditService }),
    rateLimits: createRateLimits({ trustedProxies, logger }),
    healthRoutes: createHealthRoutes({ ping: database.ping, state: () => state }),
    /** What is read from the parts that are made after this one. */
    measure(parts: { budget: () => PaceBudget; openStreams: () => number }): void {
      if (metrics) measureParts(metrics, parts)
    },
    enter(next: ReadyState): void {
      state = next
    },
  }
}

function measureJobs(metrics: Metrics, db: Db): void {
  const statistics = oneAtATime(createJobStatistics({ db }))
  metrics.readAtScrape({
    name: 'wrapup_jobs_waiting',
    help: 'Jobs by queue: due now, or deferred to a later (next) try',
    labelNames: ['queue', 'state'],
    read: async () =>
      (await statistics()).flatMap(({ queue, due, deferred }) => [
        { labels: { queue, state: 'due' }, value: due },
        { labels: { queue, state: 'deferred' }, value: deferred },
      ]),
  })
  metrics.readAtScrape({
    name: 'wrapup_job_oldest_due_seconds',
    help: 'How long the job that is due longest has been so, by queue',
    labelNames: ['queue'],
    read: async () =>
      (await statistics()).map(({ queue, oldestDueSeconds }) => ({
        labels: { queue },
        value: oldestDueSeconds,
      })),
  })
}

function measureParts(
  metrics: Metrics,
  parts: { budget: () => PaceBudget; openStreams: () => number },
): void {
  const { budget, openStreams } = parts
  metrics.readAtScrape({
    name: 'wrapup_event_streams_open',
    help: 'Pages that listen for events now',
    read: () => [{ value: openStreams() }],
  })
  metrics.readAtScrape({
    name: 'wrapup_pace_slots_used',
    help: 'Calls under way or still counted by the CRM, of all sub-accounts',
    read: () => [{ value: budget().slotsUsed }],
  })
  metrics.readAtScrape({
    name: 'wrapup_pace_busiest_ratio',
    help: 'The largest part of its limit that this process uses for one sub-account, 0 to 1',
    read: () => [{ value: budget().busiest }],
  })
  metrics.readAtScrape({
    name: 'wrapup_pace_waiting',
    help: 'Calls that wait for their turn, by who waits for them',
    labelNames: ['priority'],
    read: () =>
      Object.entries(budget().waiting).map(([priority, value]) => ({ labels: { priority }, value })),
  })
  metrics.readAtScrape({
    name: 'wrapup_pace_day_remaining_min',
    help: "The least that one sub-account has left of its day's calls, where the CRM told",
    read: () => {
      const { dayRemaining } = budget()
      return dayRemaining === undefined ? [] : [{ value: dayRemaining }]
    },
  })
}
