import { and, eq, exists, inArray, or, type SQL, sql } from 'drizzle-orm'
import {
  bulksmsSettingsSchema,
  type CarrierName,
  heymarketSettingsSchema,
  type ProviderName,
} from '../../shared/provider-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { providerChoices, providerConnections } from '../storage/provider-schema.ts'
import { installations } from '../storage/schema.ts'
import type { ConnectionFailure, StoredConnection } from './stored-connection.ts'

/** Where all processes on the database hear whose connections or choice changed; the payload is the location's id. */
export const providerChannel = 'wrapup_providers'

type Row = typeof providerConnections.$inferSelect

export type NewConnection = typeof providerConnections.$inferInsert

export type ProviderConnectionRepository = ReturnType<typeof createProviderConnectionRepository>

/** For `returning`: tells of a change when, and only when, it is committed. */
export const tellingOfConnection = {
  locationId: providerConnections.locationId,
  told: sql`pg_notify(${providerChannel}, ${providerConnections.locationId})`,
}

const { id: ownId, locationId: ownLocation, carrier: ownCarrier } = providerConnections
const isActive = eq(providerConnections.status, 'active')

/** @param parts.changed what this process remembers of the location is no longer true */
export function createProviderConnectionRepository(parts: {
  db: Db
  now: () => number
  changed: (locationId: string) => void
}) {
  const { db, now, changed } = parts

  async function listWhere(which: SQL | undefined): Promise<StoredConnection[]> {
    const rows = await db.select().from(providerConnections).where(which).orderBy(ownLocation, ownCarrier)
    return rows.map(toConnection)
  }

  async function changeWhere(which: SQL | undefined, fields: Partial<NewConnection>): Promise<boolean> {
    const rows = await db
      .update(providerConnections)
      .set({ ...fields, updatedAt: new Date(now()) })
      .where(which)
      .returning(tellingOfConnection)
    for (const { locationId } of rows) changed(locationId)
    return rows.length > 0
  }

  const noFailure = { lastErrorAt: null, lastErrorMessage: null, lastErrorAdvice: null }
  const failed = ({ message, advice }: ConnectionFailure) => ({
    lastErrorAt: new Date(now()),
    lastErrorMessage: message,
    lastErrorAdvice: advice,
  })

  return {
    async find(locationId: string, carrier: CarrierName): Promise<StoredConnection | undefined> {
      return (await listWhere(and(eq(ownLocation, locationId), eq(ownCarrier, carrier))))[0]
    },

    async findById(id: string): Promise<StoredConnection | undefined> {
      return (await listWhere(eq(ownId, id)))[0]
    },

    listOf: (locationId: string) => listWhere(eq(ownLocation, locationId)),

    /** Of all locations that are known to be the company's. */
    listOfCompany: (companyId: string) => {
      const isItsLocation = and(eq(installations.kind, 'location'), eq(installations.companyId, companyId))
      const locations = db.select({ id: installations.locationId }).from(installations).where(isItsLocation)
      return listWhere(inArray(ownLocation, locations))
    },

    /**
     * What all connections of one account have in common here, and those of another database or life have not: texts of
     * one account are counted by it.
     */
    async saltOf({ id, carrier, accountName }: StoredConnection): Promise<string> {
      const [oldest] = await db
        .select({ id: ownId })
        .from(providerConnections)
        .where(and(eq(ownCarrier, carrier), eq(providerConnections.accountName, accountName)))
        .orderBy(providerConnections.connectedAt, ownId)
        .limit(1)
      return oldest?.id ?? id
    },

    /** Of all locations. */
    listActive: () => listWhere(isActive),

    /** Of all locations. */
    listBroken: () => listWhere(eq(providerConnections.status, 'broken')),

    /** Stores a connection in the place of the one that the location may have to that system. */
    async save(connection: NewConnection): Promise<void> {
      const { locationId, carrier: _carrier, ...fields } = connection
      await db
        .insert(providerConnections)
        .values(connection)
        .onConflictDoUpdate({ target: [ownLocation, ownCarrier], set: fields })
        .returning(tellingOfConnection)
      changed(locationId)
    },

    /** @returns false when there is no such connection any more */
    setWebhookIds: (id: string, webhookIds: string[]) => changeWhere(eq(ownId, id), { webhookIds }),

    /** Nothing is sent through it until it is mended. What was put in the place of these credentials stays fine. */
    async markBroken(
      { id, credentials }: Pick<StoredConnection, 'id' | 'credentials'>,
      failure: ConnectionFailure,
    ): Promise<void> {
      const which = and(eq(ownId, id), eq(providerConnections.credentials, credentials))
      await changeWhere(which, { status: 'broken', ...failed(failure) })
    },

    /** Something is wrong that keeps no text from going out; of a broken one, what broke it is told. */
    async noteFailure(id: string, failure: ConnectionFailure): Promise<void> {
      await changeWhere(and(eq(ownId, id), isActive), failed(failure))
    },

    /** It is mended, unless something else is wrong by now. */
    async forgetFailure(id: string, message: string): Promise<void> {
      const which = and(eq(ownId, id), isActive, eq(providerConnections.lastErrorMessage, message))
      await changeWhere(which, noFailure)
    },

    async markFine(id: string): Promise<void> {
      await changeWhere(eq(ownId, id), { status: 'active', ...noFailure })
    },

    async setCredits(id: string, credits: number | null): Promise<void> {
      await db.update(providerConnections).set({ credits }).where(eq(ownId, id))
    },

    /** The other system called our webhook. */
    async markCalled(id: string): Promise<void> {
      const webhookCalledAt = new Date(now())
      await db.update(providerConnections).set({ webhookCalledAt }).where(eq(ownId, id))
    },

    async setOptOutCursor(id: string, optOutCursor: string | null): Promise<void> {
      await db.update(providerConnections).set({ optOutCursor }).where(eq(ownId, id))
    },

    /** @returns undefined for the one who may send it; else what became of it, null while that is not known */
    async beginTest(id: string, testKey: string): Promise<{ answer: unknown } | undefined> {
      const isNew = sql`${providerConnections.testKey} is distinct from ${testKey}`
      const begun = await db
        .update(providerConnections)
        .set({ testKey, testAnswer: null })
        .where(and(eq(ownId, id), isNew))
        .returning({ id: ownId })
      if (begun.length > 0) return undefined
      const [row] = await db
        .select({ answer: providerConnections.testAnswer })
        .from(providerConnections)
        .where(eq(ownId, id))
      return row ?? { answer: null }
    },

    /** @param testAnswer null: nothing was sent, and the same key may be tried again */
    async endTest(id: string, testKey: string, testAnswer: unknown): Promise<void> {
      await db
        .update(providerConnections)
        .set(testAnswer === null ? { testKey: null } : { testAnswer })
        .where(and(eq(ownId, id), eq(providerConnections.testKey, testKey)))
    },

    async setRepliesReadAt(id: string, repliesReadAt: Date): Promise<void> {
      await db.update(providerConnections).set({ repliesReadAt }).where(eq(ownId, id))
    },

    /** The location's texts go through the CRM again, where they went through this. */
    async remove({ id, locationId, carrier }: StoredConnection): Promise<void> {
      const choice = and(eq(providerChoices.locationId, locationId), eq(providerChoices.provider, carrier))
      await db.transaction(async (tx) => {
        await tx.delete(providerConnections).where(eq(ownId, id)).returning(tellingOfConnection)
        await tx.delete(providerChoices).where(choice)
      })
      changed(locationId)
    },

    /** @returns what was forgotten, as it was kept */
    async forgetLocation(locationId: string, within: Db | Transaction = db): Promise<StoredConnection[]> {
      await within.delete(providerChoices).where(eq(providerChoices.locationId, locationId))
      const rows = await within.delete(providerConnections).where(eq(ownLocation, locationId)).returning()
      if (rows.length > 0) await within.execute(sql`select pg_notify(${providerChannel}, ${locationId})`)
      changed(locationId)
      return rows.map(toConnection)
    },

    /** A system that is not connected any more carries nothing, whatever was chosen. */
    async chosen(locationId: string): Promise<ProviderName> {
      const isConnected = db
        .select({ id: ownId })
        .from(providerConnections)
        .where(and(eq(ownLocation, locationId), sql`${ownCarrier} = ${providerChoices.provider}`))
      const [row] = await db
        .select({ provider: providerChoices.provider })
        .from(providerChoices)
        .where(
          and(
            eq(providerChoices.locationId, locationId),
            or(eq(providerChoices.provider, 'crm'), exists(isConnected)),
          ),
        )
      return row?.provider ?? 'crm'
    },

    async choose(locationId: string, provider: ProviderName): Promise<void> {
      const fields = { provider, updatedAt: new Date(now()) }
      await db
        .insert(providerChoices)
        .values({ locationId, ...fields })
        .onConflictDoUpdate({ target: providerChoices.locationId, set: fields })
        .returning({ told: sql`pg_notify(${providerChannel}, ${providerChoices.locationId})` })
      changed(locationId)
    },
  }
}

export function toConnection({ carrier, settings, ...row }: Row): StoredConnection {
  return carrier === 'heymarket'
    ? { ...row, carrier, settings: heymarketSettingsSchema.parse(settings) }
    : { ...row, carrier, settings: bulksmsSettingsSchema.parse(settings) }
}
