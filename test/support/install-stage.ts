import { sql } from 'drizzle-orm'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { World } from './world.ts'

const { company, user } = seedIds

export type InstallStage = ReturnType<typeof createInstallStage>

/** What tests of installs ask of a world. */
export function createInstallStage(world: World) {
  return {
    /** What a sign-in of that user is answered with. */
    async sessionStatus(userId: string, locationId: string): Promise<number> {
      const encryptedData = world.sandbox.userContext({ userId, locationId })
      return (await world.api.post('/api/session').send({ encryptedData })).status
    },

    installByAgency: (...locationIds: string[]) =>
      world.sandbox.installFromMarketplace({ userId: user.owner, companyId: company.harbor, locationIds }),

    /** The states of the jobs of that name, those that wait for another try made due. */
    async jobStates(name: string): Promise<unknown[]> {
      const { db } = world.database
      await db.execute(
        sql`update pgboss.job set start_after = now() where state = 'retry' and name = ${name}`,
      )
      const { rows } = await db.execute(sql`select state from pgboss.job where name = ${name}`)
      return rows.map(({ state }) => state)
    },

    /** Webhooks that are not worked on yet. */
    async unprocessedCount(): Promise<number> {
      const { rows } = await world.database.db.execute(
        sql`select count(*)::int as waiting from webhook_events where processed_at is null`,
      )
      return Number(rows[0]?.['waiting'])
    },
  }
}
