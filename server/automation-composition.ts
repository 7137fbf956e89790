import type { Audited } from './audit/audit-log.ts'
import { createAutomationRecovery } from './automations/automation-recovery.ts'
import { createAutomationRoutes } from './automations/automation-routes.ts'
import { createAutomationRuleRepository } from './automations/automation-rule-repository.ts'
import { createAutomationRunRepository } from './automations/automation-run-repository.ts'
import { createAutomationRunner } from './automations/automation-runner.ts'
import { createAutomationService } from './automations/automation-service.ts'
import { createAutomationWatch } from './automations/automation-watch.ts'
import { createContactLearning } from './automations/contact-learning.ts'
import { createContactSnapshotRepository } from './automations/contact-snapshot-repository.ts'
import { createOwnChangeRepository } from './automations/own-change-repository.ts'
import type { Connection } from './connection-composition.ts'
import type { ContactAccess } from './contacts/contact-access.ts'
import { AppError } from './errors.ts'
import { happenedAt } from './events/webhook-news.ts'
import type { JobQueue } from './jobs/job-queue.ts'
import type { Transaction } from './storage/database.ts'
import type { Surroundings } from './surroundings.ts'

/** Rules that make follow-up tasks of what happens to contacts. */
export function composeAutomations(
  { database: { db }, logger, now }: Surroundings,
  parts: { connection: Connection; jobs: JobQueue; audited: Audited; access: ContactAccess },
) {
  const { connection, jobs, audited, access } = parts
  const { contacts } = connection.platform
  const rules = createAutomationRuleRepository({ db, now })
  const runs = createAutomationRunRepository({ db, now })
  const snapshots = createContactSnapshotRepository({ db, now })
  const ownChanges = createOwnChangeRepository({ db, now })
  const findInstallation = (locationId: string) =>
    connection.repository.findRecent({ kind: 'location', locationId })

  const learning = createContactLearning({
    rules,
    snapshots,
    contacts,
    installationIdOf: async (locationId) => {
      const row = await findInstallation(locationId)
      return row?.status === 'uninstalled' ? undefined : row?.id
    },
    queue: (locationId, rest, transaction) =>
      jobs.send(
        'learn-contacts',
        { locationId, ...(rest ? { rest } : {}) },
        {
          singletonKey: rest ? `${locationId}/rest` : locationId,
          ...(transaction ? { transaction } : {}),
        },
      ),
    now,
    logger,
  })

  const queueRuns = (locationId: string, runIds: readonly number[], transaction: Transaction) =>
    jobs.sendAll(
      'run-automation',
      runIds.map((runId) => ({ locationId, runId })),
      transaction,
    )

  const watch = createAutomationWatch({
    rules,
    snapshots,
    ownChanges,
    runs,
    learning,
    happenedAt,
    queueRuns,
    now,
  })

  const runRule = createAutomationRunner({
    rules,
    runs,
    contacts,
    timezoneOf: async (locationId) => {
      const row = await findInstallation(locationId)
      if (!row) throw new AppError('not_found', 'Wrapup is not installed in this sub-account.')
      return (await connection.profiles.of(row)).timezone
    },
    now,
    logger,
  })

  return {
    automationRoutes: createAutomationRoutes({
      automationService: createAutomationService({
        rules,
        runs,
        learning,
        access,
        audited,
        now,
      }),
    }),
    watch,
    automations: {
      run: runRule,
      resume: createAutomationRecovery({ db, runs, queueRuns, now }),
      learn: learning.learn,
      prune: async () => {
        await runs.prune()
        await snapshots.prune()
        await ownChanges.prune()
      },
    },
  }
}
