import * as z from 'zod/mini'
import type {
  PreviewSync,
  SyncAnswer,
  SyncFieldsAnswer,
  SyncLogAnswer,
  SyncLogQuery,
  SyncPreviewAnswer,
} from '../../shared/sync-contract.ts'
import type { ContactAccess } from '../contacts/contact-access.ts'
import { AppError } from '../errors.ts'
import { decodeCursor, encodeCursor } from '../opaque-cursor.ts'
import type { Session } from '../session/session.ts'
import { previewMappings } from './mapping-preview.ts'
import type { SyncSidesOf } from './pair-task.ts'
import { toEntry, toRun } from './sync-answers.ts'
import type { SyncLinkRepository } from './sync-link-repository.ts'
import type { SyncLogRepository } from './sync-log-repository.ts'
import type { SyncRunRepository } from './sync-run-repository.ts'
import type { SyncSettingsRepository } from './sync-settings-repository.ts'

const positionSchema = z.int().check(z.positive())

export type SyncService = ReturnType<typeof createSyncService>

/** What an admin sees. */
export function createSyncService(parts: {
  runs: SyncRunRepository
  log: SyncLogRepository
  links: SyncLinkRepository
  settingsRepository: SyncSettingsRepository
  isConnected: (locationId: string) => Promise<boolean>
  sidesOf: (locationId: string) => Promise<SyncSidesOf | undefined>
  access: Pick<ContactAccess, 'ensure'>
}) {
  const { runs, log, links, settingsRepository, isConnected, sidesOf, access } = parts

  async function connectedSides(locationId: string): Promise<SyncSidesOf> {
    const sides = await sidesOf(locationId)
    if (sides) return sides
    throw new AppError(
      'conflict',
      'Connect Heymarket first: it is the one system whose contacts can be synced.',
    )
  }

  async function describe(locationId: string): Promise<SyncAnswer> {
    const [stored, lastRun, duplicates, linkedCount, connected] = await Promise.all([
      settingsRepository.find(locationId),
      runs.latest(locationId),
      log.duplicates.listOpen(locationId),
      links.count(locationId),
      isConnected(locationId),
    ])
    return {
      isConnected: connected,
      settings: stored.settings,
      firstRunAt: stored.firstRunAt?.toISOString() ?? null,
      polledAt: stored.polledAt?.toISOString() ?? null,
      lastRun: lastRun ? toRun(lastRun) : null,
      linkedCount,
      duplicates: duplicates.map(({ id, crmContactIds, providerContactIds, reason }) => ({
        id,
        crmContactIds,
        providerContactIds,
        reason,
      })),
    }
  }

  async function fields(locationId: string): Promise<SyncFieldsAnswer> {
    const sides = await connectedSides(locationId)
    const [crm, provider] = await Promise.all([sides.crm.fields(), sides.provider.fields()])
    return { crm, provider }
  }

  async function preview(
    session: Session,
    { crmContactId, mappings }: PreviewSync,
  ): Promise<SyncPreviewAnswer> {
    const { locationId } = session
    const sides = await connectedSides(locationId)
    await access.ensure(session, crmContactId)
    const crm = await sides.crm.get(crmContactId)
    if (!crm) throw new AppError('not_found', 'This contact is not in the CRM any more.')
    const link = await links.findBy(locationId, 'crm', crmContactId)
    const provider = link
      ? await sides.provider.get(link.providerContactId)
      : (await sides.provider.find(crm)).at(0)
    return previewMappings({ crm, provider, link, mappings })
  }

  return {
    /** @throws {AppError} `conflict` where no system with contacts is connected */
    connectedSides,
    describe,
    fields,
    preview,

    async listLog(locationId: string, query: SyncLogQuery): Promise<SyncLogAnswer> {
      const beforeId = decodeCursor(query.cursor, (position) => positionSchema.parse(position))
      const rows = await log.list(locationId, query, beforeId, query.limit + 1)
      const entries = rows.slice(0, query.limit).map(toEntry)
      const last = entries.at(-1)
      return { entries, nextCursor: rows.length > query.limit && last ? encodeCursor(last.id) : null }
    },
  }
}
