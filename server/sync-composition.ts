import type { Audited } from './audit/audit-log.ts'
import type { AutomationWatch } from './automations/automation-watch.ts'
import type { Connection } from './connection-composition.ts'
import type { ContactAccess } from './contacts/contact-access.ts'
import { readPlatformContact } from './highlevel/contact-answers.ts'
import type { ContactsApi } from './highlevel/contacts-api.ts'
import type { JobMap } from './jobs/job-map.ts'
import type { JobQueue } from './jobs/job-queue.ts'
import type { ProviderStore } from './provider-composition.ts'
import type { Surroundings } from './surroundings.ts'
import { allowanceOf, createTurnTaker } from './sync/call-allowance.ts'
import { createCrmSide, fromPlatform } from './sync/crm-side.ts'
import { createHeymarketSide } from './sync/heymarket-side.ts'
import { createRunPlanner } from './sync/run-planner.ts'
import { type ContactTask, createSyncChangeService } from './sync/sync-change-service.ts'
import { createSyncAccountRepository } from './sync/sync-account-repository.ts'
import { createSyncCommandService } from './sync/sync-command-service.ts'
import { createSyncForgettingRepository } from './sync/sync-forgetting-repository.ts'
import { createSyncLinkRepository } from './sync/sync-link-repository.ts'
import { createSyncLogRepository } from './sync/sync-log-repository.ts'
import { createSyncNoteRepository } from './sync/sync-note-repository.ts'
import { type CommentTarget, createSyncNoteService, type NoteTask } from './sync/sync-note-service.ts'
import { createSyncRoutes } from './sync/sync-routes.ts'
import { createSyncRunRepository, type SyncRunRow } from './sync/sync-run-repository.ts'
import { createSyncRunService } from './sync/sync-run-service.ts'
import { createSyncService } from './sync/sync-service.ts'
import { createSyncSettingsRepository } from './sync/sync-settings-repository.ts'
import { createSyncSnapshotRepository } from './sync/sync-snapshot-repository.ts'
import { createSyncTurnRepository } from './sync/sync-turn-repository.ts'
import { createSyncWebhooks } from './sync/sync-webhooks.ts'
import type { Transaction } from './storage/database.ts'

/** A person's changes come in bursts: a field, then a tag. */
const changeAfterSeconds = 1
/** When others of the location took too long. */
const laterSeconds = 2
const logKeptMs = 90 * 86_400_000
const pausedForMs = 7 * 86_400_000

/** Contacts of the CRM and of Heymarket, kept in step. BulkSMS keeps none. */
export function composeSync(
  surroundings: Surroundings,
  parts: {
    connection: Connection
    jobs: JobQueue
    store: ProviderStore
    willChange: AutomationWatch['willChange']
    audited: Audited
    access: ContactAccess
  },
) {
  const { config, database, now } = surroundings
  const { connection, jobs, store, willChange, audited, access } = parts
  const { db } = database
  const contacts: ContactsApi = connection.platform.contacts
  const runs = createSyncRunRepository({ db, now })
  const snapshots = createSyncSnapshotRepository({ db })
  const log = createSyncLogRepository({ db, now })
  const links = createSyncLinkRepository({ db, now })
  const notes = createSyncNoteRepository({ db, now })
  const forgetting = createSyncForgettingRepository({ db })
  const settingsRepository = createSyncSettingsRepository({ db, now })
  const turns = createSyncTurnRepository({ db })
  const accounts = createSyncAccountRepository({ db, now })

  const connectionOf = async (locationId: string) => {
    const found = await store.connections.find(locationId, 'heymarket')
    return found?.carrier === 'heymarket' && found.status === 'active' ? found : undefined
  }

  async function heymarketOf(locationId: string) {
    const found = await connectionOf(locationId)
    if (!found || !(await connection.repository.isActive(locationId))) return undefined
    await accounts.enter(locationId, found.accountName)
    const takeTurn = createTurnTaker({
      connectionId: found.id,
      speakFor: turns.speakFor,
      allowance: allowanceOf(config.heymarketCallsPerMinute),
      now: () => performance.timeOrigin + performance.now(),
      pause: (ms) => new Promise((done) => setTimeout(done, ms)),
    })
    const isOpen = async () => (await connectionOf(locationId))?.id === found.id
    return { api: store.adapters.contactsOf(found), takeTurn, inboxId: found.settings.inboxId, isOpen }
  }

  async function sidesOf(locationId: string) {
    const heymarket = await heymarketOf(locationId)
    if (!heymarket) return undefined
    const crm = createCrmSide({
      contacts,
      locationId,
      willChange: (contactId, { fields, tags }) => willChange(locationId, contactId, { fields, tags }),
    })
    return { crm, provider: createHeymarketSide(heymarket), isOpen: heymarket.isOpen }
  }

  async function commentsOf(locationId: string): Promise<CommentTarget | undefined> {
    const heymarket = await heymarketOf(locationId)
    if (!heymarket) return undefined
    const { api, takeTurn, inboxId } = heymarket
    return {
      findChat: async (providerContactId) => {
        await takeTurn()
        const { phone } = await api.get(Number(providerContactId))
        await takeTurn()
        return (phone === null ? null : await api.findChat({ phone, inboxId })) ?? undefined
      },
      addComment: async (comment) => {
        await takeTurn()
        return api.addComment(comment)
      },
    }
  }

  const queueRun = (run: Pick<SyncRunRow, 'id' | 'locationId'>, transaction?: Transaction) =>
    jobs.send(
      'sync-run',
      { locationId: run.locationId, runId: run.id },
      { singletonKey: run.id, ...(transaction ? { transaction } : {}) },
    )
  const isAsked = ({ origin }: ContactTask) => origin === 'person' || origin === 'replay'
  const queueContact = (task: ContactTask, startAfterSeconds = isAsked(task) ? 0 : changeAfterSeconds) =>
    jobs.send('sync-contact', task, {
      singletonKey: [task.locationId, task.crmContactId, task.providerContactId, task.logId].join('/'),
      startAfterSeconds,
    })

  const queueNote = (task: NoteTask) =>
    jobs.send('sync-note', task, { singletonKey: `${task.locationId}/${task.noteId}` })

  const shared = { log, links, settingsRepository, sidesOf, now }
  const planRun = createRunPlanner({ snapshots, links, log })
  const runService = createSyncRunService({
    ...shared,
    runs,
    snapshots,
    planRun,
    alone: turns.alone,
    queueRun,
  })
  const changes = createSyncChangeService({ ...shared, queueContact })
  const noteService = createSyncNoteService({
    contacts,
    notes,
    links,
    log,
    settingsRepository,
    commentsOf,
    queueNote,
    now,
  })

  async function eachTravelling(work: (locationId: string) => Promise<unknown>): Promise<void> {
    for (const locationId of await settingsRepository.listTravelling()) await work(locationId)
  }

  const syncService = createSyncService({
    ...shared,
    runs,
    isConnected: async (locationId) => (await connectionOf(locationId)) !== undefined,
    access,
  })
  const syncCommands = createSyncCommandService({
    ...shared,
    syncService,
    runs,
    snapshots,
    runService,
    queueRun,
    queueContact,
    queueNote,
    audited,
  })

  return {
    syncRoutes: createSyncRoutes({ syncService, syncCommands }),
    syncWebhooks: createSyncWebhooks({
      changes,
      notes: noteService,
      contactOf: (payload) => {
        const contact = readPlatformContact(payload)
        return contact && fromPlatform(contact)
      },
    }),
    sync: {
      run: ({ locationId, runId }: JobMap['sync-run']) => runService.goOn(locationId, runId),
      contact: async (task: ContactTask) => {
        const turn = await turns.alone(task.locationId, () => changes.syncContact(task))
        if (!turn) await queueContact(task, laterSeconds)
      },
      note: noteService.carry,
      poll: changes.poll,
      pollAll: async () => {
        await runService.queueStale()
        await eachTravelling((locationId) =>
          jobs.send('sync-poll', { locationId }, { singletonKey: locationId }),
        )
      },
      compareAll: () =>
        eachTravelling(async (locationId) => {
          if (!(await sidesOf(locationId))) return
          // With another account, somebody has to begin anew.
          const { firstRunAt } = await settingsRepository.find(locationId)
          if (firstRunAt !== null) await runService.start(locationId, 'real', 'daily')
        }),
      prune: async () => {
        await log.prune(new Date(now() - logKeptMs))
        await runs.endPaused(new Date(now() - pausedForMs))
        await forgetting.forgetUninstalled()
      },
    },
  }
}
