import { and, eq, inArray, isNull, lte, ne, type SQL, sql } from 'drizzle-orm'
import type { TokenOwner } from '../highlevel/token-source.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { installations } from '../storage/schema.ts'

export type Installation = typeof installations.$inferSelect
export type InstallationStatus = Installation['status']
export type InstallationChange = Partial<typeof installations.$inferInsert>
export type NewInstallation = typeof installations.$inferInsert

/** Nobody waits for another's refresh for ever. */
const lockTimeout = sql`set local lock_timeout = '20s'`

export type InstallationRepository = ReturnType<typeof createInstallationRepository>

export function createInstallationRepository({ db }: { db: Db }) {
  async function find(owner: TokenOwner, from: Db | Transaction = db): Promise<Installation | undefined> {
    const [row] = await from.select().from(installations).where(ownedBy(owner))
    return row
  }

  async function change(id: string, fields: InstallationChange): Promise<void> {
    await db.update(installations).set(fields).where(eq(installations.id, id))
  }

  /**
   * Runs `work` while no other process can change the row; what it saves is committed before this resolves.
   * @param work gets the row as it is now, and how to save
   */
  function withLock<T>(
    owner: TokenOwner,
    work: (row: Installation | undefined, save: (fields: InstallationChange) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    return db.transaction(async (tx) => {
      await tx.execute(lockTimeout)
      const [row] = await tx.select().from(installations).where(ownedBy(owner)).for('update')
      return work(row, async (fields) => {
        await tx.update(installations).set(fields).where(ownedBy(owner))
      })
    })
  }

  /** @returns false when the installation is gone by now, and nothing was changed */
  async function renew(id: string, fields: InstallationChange): Promise<boolean> {
    const renewed = await db
      .update(installations)
      .set(fields)
      .where(and(eq(installations.id, id), ne(installations.status, 'uninstalled')))
      .returning({ id: installations.id })
    return renewed.length > 0
  }

  /** @returns false when the row holds another refresh token by now, and nothing was changed */
  async function setStatus(row: Installation, status: InstallationStatus, at: Date): Promise<boolean> {
    const sameToken =
      row.refreshToken === null
        ? isNull(installations.refreshToken)
        : eq(installations.refreshToken, row.refreshToken)
    const changed = await db
      .update(installations)
      .set({ status, updatedAt: at })
      .where(and(eq(installations.id, row.id), ne(installations.status, 'uninstalled'), sameToken))
      .returning({ id: installations.id })
    return changed.length > 0
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
    const [row] = await db
      .insert(installations)
      .values(install)
      .onConflictDoUpdate({
        target: kind === 'location' ? installations.locationId : installations.companyId,
        targetWhere: kind === 'location' ? sql`kind = 'location'` : sql`kind = 'company'`,
        set: changes,
        ...(onlyIfNewest ? { setWhere: newest } : {}),
      })
      .returning()
    return row
  }

  /** Marks what was installed at `at` or before; tokens are forgotten. */
  async function markUninstalled(which: SQL | undefined, at: Date): Promise<void> {
    await db
      .update(installations)
      .set({
        status: 'uninstalled',
        uninstalledAt: at,
        accessToken: null,
        refreshToken: null,
        accessExpiresAt: null,
        updatedAt: at,
      })
      .where(and(which, lte(installations.installedAt, at), ne(installations.status, 'uninstalled')))
  }

  /** A location that is not known yet is remembered as uninstalled: its INSTALL may still be on the way. */
  async function uninstallLocation(tombstone: NewInstallation, locationId: string, at: Date): Promise<void> {
    await db.insert(installations).values(tombstone).onConflictDoNothing()
    await markUninstalled(ownedBy({ kind: 'location', locationId }), at)
  }

  /** The company and all its locations. */
  async function uninstallCompany(companyId: string, at: Date): Promise<void> {
    await markUninstalled(eq(installations.companyId, companyId), at)
  }

  async function activeCompanyIds(limit: number): Promise<string[]> {
    const rows = await db
      .select({ companyId: installations.companyId })
      .from(installations)
      .where(and(eq(installations.kind, 'company'), eq(installations.status, 'active')))
      .limit(limit)
    return rows.flatMap(({ companyId }) => companyId ?? [])
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
    findLocations,
    activeCompanyIds,
    change,
    withLock,
    renew,
    setStatus,
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
