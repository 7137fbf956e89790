import { sql } from 'drizzle-orm'
import { expect, vi } from 'vitest'
import type { CarrierName } from '../../shared/provider-contract.ts'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { World } from './world.ts'

const { contact, location, user } = seedIds
const patience = { timeout: 8_000, interval: 20 }

export type SentText = { phone: string; text: string }

export type CarrierStage = Awaited<ReturnType<typeof createCarrierStage>>

/** The main location with both systems connected, as an admin does it, and what a test then makes happen. */
export async function createCarrierStage(world: World) {
  const { sandbox, heymarket, bulksms, clock, database } = world
  await world.installed()
  /** Signed in anew each time: a session ends before a test's hours do. */
  const admin = () => world.as(user.admin)
  const settings = { conversationProviderId: seedIds.conversationProvider.ours, createsContacts: true }

  const rowsOf = async (query: ReturnType<typeof sql>) => (await database.db.execute(query)).rows
  const messageRow = async (messageId: string) =>
    (await rowsOf(sql`select * from provider_messages where message_id = ${messageId}`))[0]

  async function connectHeymarket(changes: object = {}): Promise<void> {
    const ids = { inboxId: heymarketIds.inbox.support, creatorId: heymarketIds.member.ada }
    const send = async (webhookToken: string | null) =>
      (await admin()).put('/providers/heymarket').send({
        carrier: 'heymarket',
        credentials: heymarket.credentials(),
        settings: { ...settings, ...ids, webhookToken, ...changes },
      })
    const first = await send(null)
    expect(first).toMatchObject({ status: 200 })
    const token = heymarket.setUpWebhook(first.body.connection.webhookSetup.url)
    expect(await send(token)).toMatchObject({ status: 200 })
  }

  async function connectBulksms(changes: object = {}): Promise<void> {
    const answer = await (await admin()).put('/providers/bulksms').send({
      carrier: 'bulksms',
      credentials: bulksms.credentials(),
      settings: { ...settings, sender: null, alertEmail: 'ops@example.com', ...changes },
    })
    expect(answer).toMatchObject({ status: 200 })
    expect(bulksms.state.webhooks).toHaveLength(2)
  }

  /** A text that was begun is no longer: what is recorded of it stays. */
  async function settled(messageId: string, ...states: string[]): Promise<Record<string, unknown>> {
    return vi.waitFor(async () => {
      const row = await messageRow(messageId)
      expect(states).toContain(row?.['state'])
      return row ?? {}
    }, patience)
  }

  return {
    admin,
    rep: () => world.as(),
    patience,
    rowsOf,
    messageRow,
    settled,

    /** Connects it, and has the CRM send the location's texts by it. */
    async use(carrier: CarrierName, changes: object = {}): Promise<void> {
      await database.db.execute(sql`truncate provider_connections, provider_choices, opt_outs`)
      bulksms.state.webhooks.splice(0)
      await (carrier === 'heymarket' ? connectHeymarket(changes) : connectBulksms(changes))
      expect(await (await admin()).put('/providers/chosen').send({ provider: carrier })).toMatchObject({
        status: 200,
      })
      sandbox.chooseSmsProvider(location.main, settings.conversationProviderId)
    },

    /** Beside the one in use. */
    alsoConnect: (carrier: CarrierName, changes: object = {}): Promise<void> =>
      carrier === 'heymarket' ? connectHeymarket(changes) : connectBulksms(changes),

    sent: (carrier: CarrierName): SentText[] =>
      carrier === 'heymarket'
        ? heymarket.sentTexts().map(({ phone, text }) => ({ phone: `+${phone}`, text }))
        : bulksms.sentTexts().map(({ to, body }) => ({ phone: `+${to}`, text: body })),

    receive(carrier: CarrierName, phone: string, text: string): void {
      if (carrier === 'heymarket') heymarket.receive(phone, text)
      else bulksms.receive(phone, text)
    },

    faults: (carrier: CarrierName) => (carrier === 'heymarket' ? heymarket.faults : bulksms.faults),

    /** Somebody types it into the CRM's own thread. @returns the CRM's message id */
    async writeInCrm(
      body: string,
      contactId: string = contact.maya,
      attachments: string[] = [],
    ): Promise<string> {
      const { id } = sandbox.sendFromCrm({ contactId, body, userId: user.rep, attachments })
      await sandbox.settle()
      return id
    },

    /** What was handed over has moved on, and webhooks are delivered. */
    async settle(): Promise<void> {
      await heymarket.settle()
      await bulksms.settle()
    },

    /** All that came in through other systems is worked on. */
    async quiet(timeout: number = patience.timeout): Promise<void> {
      await vi.waitFor(
        async () => {
          const open = await rowsOf(sql`
          select id from webhook_events where type = 'CarrierEvent' and processed_at is null
          union all select id from provider_inbound where done_at is null`)
          expect(open).toEqual([])
        },
        { ...patience, timeout },
      )
    },

    /** What some minutes bring. */
    async passTime(ms = 6 * 60_000): Promise<void> {
      clock.advance(ms)
      await world.sendJob('follow-provider-messages', {})
    },

    poll: (carrier: CarrierName) =>
      world.sendJob('poll-provider-reports', { locationId: location.main, carrier }),

    crmStatus: (messageId: string) => sandbox.state.messages.find(({ id }) => id === messageId)?.status,

    thread: (contactId: string = contact.maya) =>
      sandbox.state.messages.filter((message) => message.contactId === contactId),
  }
}
