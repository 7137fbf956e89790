import { sql } from 'drizzle-orm'
import { expect } from 'vitest'
import {
  type ProviderConnection,
  providerConnectionAnswerSchema,
  type ProvidersAnswer,
  providersAnswerSchema,
} from '../../shared/provider-contract.ts'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startWorld, type World } from './world.ts'

const { location, user } = seedIds

export const heymarketSettings = {
  conversationProviderId: seedIds.conversationProvider.ours,
  createsContacts: true,
  inboxId: heymarketIds.inbox.support,
  creatorId: heymarketIds.member.ada,
  webhookToken: null as string | null,
}
export const bulksmsSettings = {
  conversationProviderId: seedIds.conversationProvider.oursExtra,
  createsContacts: true,
  sender: null as string | null,
  alertEmail: 'ops@example.com',
}

export type ConnectionStage = Awaited<ReturnType<typeof startConnectionStage>>

type Client = Awaited<ReturnType<World['as']>>

/** Two locations with the app installed and nothing connected, and what an admin does to connect. */
export async function startConnectionStage() {
  const world = await startWorld({ carriers: true })
  world.sandbox.behaviour.rateLimit = { ...world.sandbox.behaviour.rateLimit, max: 2_000 }
  await world.installed()
  await world.installed(user.admin, location.berlin)
  let admin = await world.as(user.admin)
  let rep = await world.as()

  const put = (carrier: string, fields: object) =>
    admin.put(`/providers/${carrier}`).send({ carrier, ...fields })

  async function providers(client: Client = admin): Promise<ProvidersAnswer> {
    const answer = await client.get('/providers')
    expect(answer.status).toBe(200)
    return providersAnswerSchema.parse(answer.body)
  }

  return {
    world,
    admin: () => admin,
    rep: () => rep,
    providers,

    /** A session ends before a test's hours do. */
    async signInAgain(): Promise<void> {
      admin = await world.as(user.admin)
      rep = await world.as()
    },

    /** Nothing is connected, and nothing of it is left. */
    async reset(): Promise<void> {
      for (const sandbox of [world.heymarket, world.bulksms]) sandbox.faults.clear()
      world.bulksms.state.webhooks.splice(0)
      await world.database.db.execute(sql`truncate provider_connections, provider_choices, audit_entries`)
    },

    connectHeymarket: (settings: object = {}, credentials: object = world.heymarket.credentials()) =>
      put('heymarket', { credentials, settings: { ...heymarketSettings, ...settings } }),
    connectBulksms: (settings: object = {}, credentials: object = world.bulksms.credentials()) =>
      put('bulksms', { credentials, settings: { ...bulksmsSettings, ...settings } }),
    changeHeymarket: (settings: object) =>
      put('heymarket', { settings: { ...heymarketSettings, ...settings } }),
    changeBulksms: (settings: object) => put('bulksms', { settings: { ...bulksmsSettings, ...settings } }),

    providerOf: async (name: string, client: Client = admin) =>
      (await providers(client)).providers.find(({ provider }) => provider === name),
    rows: async () =>
      (await world.database.db.execute(sql`select * from provider_connections order by carrier`)).rows,
    webhookPath: (id: unknown) => `${world.publicUrl}/webhooks/providers/bulksms/${String(id)}`,
  }
}

export function connectionOf(answer: { status: number; body: unknown }): ProviderConnection {
  expect(answer).toMatchObject({ status: 200 })
  return providerConnectionAnswerSchema.parse(answer.body).connection
}
