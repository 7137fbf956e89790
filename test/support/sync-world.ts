import { expect, vi } from 'vitest'
import type { SyncAnswer, SyncLogAnswer, SyncLogEntry, SyncRun } from '../../shared/sync-contract.ts'
import type { SyncSettings } from '../../shared/sync-contract.ts'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { SandboxContact } from '../sandbox/state.ts'
import { addCrmContact, hasEnded, heymarketConnection, lastRunOf } from './sync-stage.ts'
import { startWorld, type World } from './world.ts'

const { location, user } = seedIds

/** What a test syncs by, unless it says otherwise. */
export const syncSettings: SyncSettings = {
  enabled: true,
  mappings: [
    {
      crmField: 'firstName',
      providerField: 'firstName',
      transforms: ['trim'],
      direction: 'both',
      rule: 'newest',
    },
    {
      crmField: 'lastName',
      providerField: 'lastName',
      transforms: ['trim'],
      direction: 'both',
      rule: 'newest',
    },
    { crmField: 'email', providerField: 'email', transforms: ['lower'], direction: 'both', rule: 'newest' },
    {
      crmField: 'custom:cfPlan',
      providerField: `custom:${heymarketIds.customField.plan}`,
      transforms: ['upper'],
      direction: 'both',
      rule: 'newest',
    },
  ],
  createInCrm: true,
  createInProvider: true,
  newContactTag: 'From Heymarket',
  syncTags: true,
  tagOrder: ['vip'],
  syncNotes: true,
}

export type SyncWorld = Awaited<ReturnType<typeof startSyncWorld>>

/** A location whose contacts are synced with Heymarket; a first run was made, of nobody. */
export async function startSyncWorld(options: { settings?: Record<string, string> } = {}) {
  const world = await startWorld({
    carriers: true,
    settings: { HEYMARKET_CALLS_PER_MINUTE: '100000', ...options.settings },
  })
  const { sandbox, heymarket, clock } = world
  sandbox.behaviour.rateLimit = { max: 100_000, intervalMs: 10_000, perDay: 1_000_000 }
  heymarket.behaviour.callsPerMinute = 100_000
  await world.installed()
  sandbox.state.contacts = []
  let admin: Awaited<ReturnType<World['as']>> = await world.as(user.admin)

  async function done<Answer extends { status: number; text: string }>(asked: PromiseLike<Answer>) {
    const answer = await asked
    if (answer.status >= 300) throw new Error(`answered ${answer.status}: ${answer.text}`)
    return answer
  }

  const soon = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 15_000, interval: 50 })
  const there = (phone: string) => heymarket.contactByPhone(phone)
  const inCrm = (phone: string) => sandbox.state.contacts.find((contact) => contact.phone === phone)
  const overview = async () => (await done(admin.get('/sync'))).body as SyncAnswer

  async function tellOf(type: string, contact: SandboxContact): Promise<void> {
    const { id, firstName, lastName, email, phone, tags, customFields } = contact
    const told = { id, firstName, lastName, email, phone, tags, customFields }
    const payload = { type, locationId: location.main, ...told }
    expect((await sandbox.sendWebhook(payload)).status).toBe(200)
  }

  /** A contact as somebody makes it in the CRM. */
  async function madeInCrm(fields: Partial<SandboxContact>): Promise<SandboxContact> {
    const contact = addCrmContact(sandbox, fields)
    await tellOf('ContactCreate', contact)
    return contact
  }

  /** A contact as somebody changes it in the CRM. */
  async function changedInCrm(contact: SandboxContact, fields: Partial<SandboxContact>): Promise<void> {
    Object.assign(contact, fields, { dateUpdated: new Date(clock.now()).toISOString() })
    await tellOf('ContactUpdate', contact)
  }

  /** Until the change before has been worked on, whatever became of it. */
  async function afterMarker(phone: string): Promise<void> {
    await madeInCrm({ phone, firstName: 'Marker' })
    await soon(() => expect(there(phone)).toBeDefined())
  }

  /** The newest run, once it has ended. */
  const endedRun = () =>
    soon(async () => {
      const last = lastRunOf({ body: await overview() })
      expect(hasEnded(last)).toBe(true)
      return last
    })

  async function run(kind: SyncRun['kind'] = 'real'): Promise<SyncRun> {
    clock.advance(1_000)
    await done(admin.post('/sync/runs').send({ kind }))
    return endedRun()
  }

  const saved = (changes: Partial<SyncSettings> = {}) =>
    done(admin.put('/sync/settings').send({ ...syncSettings, ...changes }))

  await done(admin.put('/providers/heymarket').send(heymarketConnection(heymarket)))
  await saved()
  await run()

  return {
    ...world,
    heymarket,
    get admin() {
      return admin
    },

    /** Between two tests: what happens now is news, and nothing fails. */
    async restart(): Promise<void> {
      clock.advance(5 * 60_000)
      admin = await world.as(user.admin)
      heymarket.faults.clear()
      sandbox.faults.clear()
    },

    soon,
    there,
    inCrm,
    overview,
    poll: () => world.sendJob('sync-poll', { locationId: location.main }, { singletonKey: location.main }),
    newestEntry: async () => ((await admin.get('/sync/log?limit=1')).body as SyncLogAnswer).entries[0],
    failedEntries: async (): Promise<SyncLogEntry[]> =>
      ((await admin.get('/sync/log?only=failed')).body as SyncLogAnswer).entries,
    tellOf,
    madeInCrm,
    changedInCrm,
    afterMarker,
    run,
    endedRun,
    saved,
  }
}
