import { and, eq, getTableColumns, inArray, lte, ne, type SQL, sql } from 'drizzle-orm'
import { AppError } from '../errors.ts'
import type { TokenOwner } from '../highlevel/token-source.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { isLockTimeout } from '../storage/lock-timeout.ts'
import { installations } from '../storage/schema.ts'
import type { InstallationCache } from './installation-cache.ts'
import { keyOfOwner } from './installation-owner.ts'

export type Installation = typeof installations.$inferSelect
export type InstallationStatus = Installation['status']
export type InstallationChange = Partial<typeof installations.$inferInsert>
export type NewInstallation = typeof installations.$inferInsert

/** A location's connection began, ended or came back. */
export type StatusChange = { id: string; locationId: string; status: InstallationStatus; at: Date }
export type StatusObserver = (change: StatusChange, transaction?: Transaction) => Promise<unknown>

/**
 * Nobody waits for another's refresh for ever, and a process that is frozen or cut off in its own loses the row. Whoever
 * holds it asks the platform meanwhile, for 20 s at most.
 */
const lockSettings = sql`
  select set_config('lock_timeout', '20s', true), set_config('idle_in_transaction_session_timeout', '30s', true)`

/** Where all processes on the database are told whose row changed; the payload is the owner's key. */
export const installationChannel = 'wrapup_installations'

/** As `keyOfOwner` has it. */
const keyColumn = sql<string>`case when ${installations.kind} = 'location' then 'location:' || ${installations.locationId} else 'company:' || ${installations.companyId} end`

/** For `returning`: tells of each changed row when, and only when, the change is committed. */
export const tellingOthers = {
  key: keyColumn,
  told: sql`pg_notify(${installationChannel}, ${keyColumn})`,
}

export type InstallationRepository = ReturnType<typeof createInstallationRepository>

export function createInstallationRepository(parts: {
  db: Db
  cache: InstallationCache
  statusChanged?: StatusObserver
}) {
  const { db, cache, statusChanged } = parts

  async function find(owner: TokenOwner): Promise<Installation | undefined> {
    const [row] = await db.select().from(installations).where(ownedBy(owner))
    return row
  }

  /** As it is now or, where it is active, was seconds ago. */
  function findRecent(owner: TokenOwner): Promise<Installation | undefined> {
    return cache.read(keyOfOwner(owner), () => find(owner))
  }

  /** Whether the app is in the location, whether or not it can be worked for now. */
  async function isInstalled(locationId: string): Promise<boolean> {
    const row = await findRecent({ kind: 'location', locationId })
    return row !== undefined && row.status !== 'uninstalled'
  }

  /** Whether the location can be worked for now. */
  async function isActive(locationId: string): Promise<boolean> {
    return (await findRecent({ kind: 'location', locationId }))?.status === 'active'
  }

  /** What is committed is forgotten here at once; the notification reaches this process a little later. */
  function forget(rows: readonly { key: string }[]): void {
    for (const { key } of rows) cache.forget(key)
  }

  async function tellStatus(
    { id, locationId, status }: Pick<Installation, 'id' | 'locationId' | 'status'>,
    at: Date,
    tx?: Transaction,
  ): Promise<void> {
    if (locationId !== null) await statusChanged?.({ id, locationId, status, at }, tx)
  }

  async function change(id: string, fields: InstallationChange): Promise<void> {
    forget(
      await db.update(installations).set(fields).where(eq(installations.id, id)).returning(tellingOthers),
    )
  }

  /**
   * Runs `work` while no other process can change the row; what it saves is committed before this resolves.
   * @param work gets the row as it is now, and how to save
   * @throws {AppError} `upstream_unavailable` when another holds the row for too long
   */
  async function withLock<T>(
    owner: TokenOwner,
    work: (row: Installation | undefined, save: (fields: InstallationChange) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    try {
      return await db.transaction(async (tx) => {
        await tx.execute(lockSettings)
        const [row] = await tx.select().from(installations).where(ownedBy(owner)).for('update')
        return work(row, async (fields) => {
          await tx.update(installations).set(fields).where(ownedBy(owner)).returning(tellingOthers)
          const { status, updatedAt } = fields
          if (!row || !status || status === row.status) return
          await tellStatus({ ...row, status }, updatedAt ?? row.updatedAt, tx)
        })
      })
    } catch (error) {
      throw isLockTimeout(error) ? refreshTooSlow(error) : error
    } finally {
      cache.forget(keyOfOwner(owner))
    }
  }

  /**
   * Stores an install. One that follows an uninstall gets its own id, one over a live installation goes on as that.
   * @param onlyIfNewest leaves a row alone that was installed or uninstalled later than this install
   * @returns undefined when it was left alone
   */
  async function save(install: NewInstallation, onlyIfNewest: boolean): Promise<Installation | undefined> {
    const { createdAt: _createdAt, kind, ...fields } = install
    const changes = {
      ...fields,
      id: sql`case when ${installations.status} = 'uninstalled' then excluded.id else ${installations.id} end`,
      whitelabelDomain: sql`coalesce(excluded.whitelabel_domain, ${installations.whitelabelDomain})`,
      locationName: sql`coalesce(excluded.location_name, ${installations.locationName})`,
      uninstalledAt: null,
    }
    const newest = sql`${installations.installedAt} <= excluded.installed_at and (${installations.uninstalledAt} is null or ${installations.uninstalledAt} <= excluded.installed_at)`
    const saved = await db.transaction(async (tx) => {
      const rows = await tx
        .insert(installations)
        .values(install)
        .onConflictDoUpdate({
          target: kind === 'location' ? installations.locationId : installations.companyId,
          targetWhere: kind === 'location' ? sql`kind = 'location'` : sql`kind = 'company'`,
          set: changes,
          ...(onlyIfNewest ? { setWhere: newest } : {}),
        })
        .returning({ ...getTableColumns(installations), ...tellingOthers })
      for (const row of rows) await tellStatus(row, row.updatedAt, tx)
      return rows
    })
    forget(saved)
    return saved[0]
  }

  /** Marks what was installed at `at` or before; tokens are forgotten. */
  async function markUninstalled(which: SQL | undefined, at: Date, tx: Db | Transaction) {
    return tx
      .update(installations)
      .set({
        status: 'uninstalled',
        uninstalledAt: at,
        accessToken: null,
        refreshToken: null,
        accessExpiresAt: null,
        refreshingSince: null,
        updatedAt: at,
      })
      .where(and(which, lte(installations.installedAt, at), ne(installations.status, 'uninstalled')))
      .returning({ ...getTableColumns(installations), ...tellingOthers })
  }

  /** A location that is not known yet is remembered as uninstalled: its INSTALL may still be on the way. */
  async function uninstallLocation(tombstone: NewInstallation, locationId: string, at: Date): Promise<void> {
    const marked = await db.transaction(async (tx) => {
      await tx.insert(installations).values(tombstone).onConflictDoNothing()
      const rows = await markUninstalled(ownedBy({ kind: 'location', locationId }), at, tx)
      for (const row of rows) await tellStatus(row, at, tx)
      return rows
    })
    forget(marked)
  }

  /** The company and all its locations. */
  async function uninstallCompany(companyId: string, at: Date): Promise<void> {
    const marked = await markUninstalled(eq(installations.companyId, companyId), at, db)
    forget(marked)
    // One after the other: there may be thousands, and each is told under a lock of its own.
    for (const row of marked) await tellStatus(row, at)
  }

  async function activeCompanyIds(limit: number): Promise<string[]> {
    const rows = await db
      .select({ companyId: installations.companyId })
      .from(installations)
      .where(and(eq(installations.kind, 'company'), eq(installations.status, 'active')))
      .limit(limit)
    return rows.flatMap(({ companyId }) => companyId ?? [])
  }

  /** Active locations that were connected or whose tokens were refreshed last. */
  async function listFreshest(limit: number): Promise<string[]> {
    const rows = await db
      .select({ locationId: installations.locationId })
      .from(installations)
      .where(and(eq(installations.kind, 'location'), eq(installations.status, 'active')))
      .orderBy(sql`${installations.refreshedAt} desc nulls last`)
      .limit(limit)
    return rows.flatMap(({ locationId }) => locationId ?? [])
  }

  async function findLocations(locationIds: readonly string[]): Promise<Map<string, Installation>> {
    if (locationIds.length === 0) return new Map()
    const rows = await db
      .select()
      .from(installations)
      .where(and(eq(installations.kind, 'location'), inArray(installations.locationId, [...locationIds])))
    return new Map(rows.map((row) => [row.locationId ?? '', row]))
  }

  return {
    find,
    findRecent,
    isInstalled,
    isActive,
    findLocations,
    listFreshest,
    activeCompanyIds,
    change,
    withLock,
    save,
    uninstallLocation,
    uninstallCompany,
  }
}

function ownedBy(owner: TokenOwner): SQL | undefined {
  return owner.kind === 'location'
    ? and(eq(installations.kind, 'location'), eq(installations.locationId, owner.locationId))
    : and(eq(installations.kind, 'company'), eq(installations.companyId, owner.companyId))
}

function refreshTooSlow(cause: unknown): AppError {
  return new AppError(
    'upstream_unavailable',
    'The connection to the CRM is being renewed, which takes too long. Please try again.',
    { cause, retryable: true },
  )
}
