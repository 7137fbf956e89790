import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { expect, vi } from 'vitest'
import type {
  AutomationRule,
  RuleAnswer,
  RuleInput,
  RuleLogAnswer,
  RulesAnswer,
} from '../../shared/automation-contract.ts'
import type { SandboxContact } from '../sandbox/state.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { contactEvent } from '../sandbox/webhooks/record-events.ts'
import { sampleRule } from './sample-rule.ts'
import type { World } from './world.ts'

const minuteMs = 60_000
const patience = { timeout: 15_000, interval: 25 }

export type RuleStage = Awaited<ReturnType<typeof startRuleStage>>

/** What the tests of follow-up rules do again and again in a world that is installed. */
export async function startRuleStage(world: World) {
  const { sandbox, clock, database } = world
  const admin = await world.as(seedIds.user.admin)
  const knownTasks = new Set(sandbox.state.tasks.map(({ id }) => id))

  function contactOf(contactId: string): SandboxContact {
    const found = sandbox.state.contacts.find(({ id }) => id === contactId)
    if (!found) throw new Error(`There is no contact ${contactId}`)
    return found
  }

  const open = async (query: ReturnType<typeof sql>) => (await database.db.execute(query)).rows

  /** Until every webhook is worked on and no job waits; a next try comes at once. */
  async function rest(): Promise<void> {
    await sandbox.settle()
    await vi.waitFor(async () => {
      await database.db.execute(
        sql`update pgboss.job set start_after = now() where state = 'retry' and name = 'run-automation'`,
      )
      const jobs = sql`select name from pgboss.job where state in ('created', 'retry', 'active')
        and name in ('process-webhooks', 'run-automation', 'learn-contacts')`
      const events = sql`select type as name from webhook_events where processed_at is null`
      expect([...(await open(jobs)), ...(await open(events))].map(({ name }) => name)).toEqual([])
    }, patience)
  }

  /** Changes a contact in the CRM a minute later, which tells of it; the event as it was sent. */
  async function tell(
    contactId: string,
    fields: Partial<SandboxContact>,
    type: Parameters<typeof contactEvent>[0] = 'ContactUpdate',
    copies = 1,
  ) {
    clock.advance(minuteMs)
    Object.assign(contactOf(contactId), fields)
    const timestamp = new Date(clock.now()).toISOString()
    const event = { ...contactEvent(type, contactOf(contactId)), timestamp, webhookId: randomUUID() }
    await sandbox.sendWebhook(event, { copies })
    return event
  }

  /** As `tell`, until all has followed from it. */
  async function change(...told: Parameters<typeof tell>) {
    const event = await tell(...told)
    await rest()
    return event
  }

  const tagsWith = (contactId: string, tag: string) => [...contactOf(contactId).tags, tag]

  return {
    admin,
    contactOf,
    rest,

    async addRule(changes: Partial<RuleInput> = {}): Promise<AutomationRule> {
      const { status, body, text } = await admin.post('/automations').send({ ...sampleRule, ...changes })
      if (status !== 201) throw new Error(`a new rule answered ${status}: ${text}`)
      // Its contacts have been looked through.
      await rest()
      return (body as RuleAnswer).rule
    },

    tell,

    /** Works on events that came a minute apart as one job, in the order in which they happened. */
    async takeTogether(events: readonly { type: string }[]): Promise<void> {
      const eventIds: number[] = []
      for (const event of events) {
        clock.advance(minuteMs)
        const at = new Date(clock.now()).toISOString()
        const rows = await open(sql`
          insert into webhook_events (dedupe_key, type, location_id, event_at, received_at, payload)
          values (${randomUUID()}, ${event.type}, ${seedIds.location.main}, ${at}, ${at}, ${JSON.stringify(event)})
          returning id`)
        eventIds.push(...rows.map(({ id }) => Number(id)))
      }
      const companyId = seedIds.company.harbor
      await world.sendJob('process-webhooks', { eventIds, locationId: seedIds.location.main, companyId })
      await rest()
    },

    change,
    tagsWith,

    /** Gives a contact the tag that the sample rule waits for. */
    addTag: (contactId: string, copies = 1) =>
      change(contactId, { tags: tagsWith(contactId, 'hot') }, 'ContactTagUpdate', copies),

    /** No rule is left, and nothing that one remembers of contacts. */
    async removeRules(): Promise<void> {
      const { body } = await admin.get('/automations')
      for (const { id } of (body as RulesAnswer).rules) await admin.delete(`/automations/${id}`)
    },

    taskIds: () => sandbox.state.tasks.map(({ id }) => id),

    /** Tasks that were made since the stage was set. */
    newTasks: () => sandbox.state.tasks.filter(({ id }) => !knownTasks.has(id)),

    async log(ruleId: string): Promise<RuleLogAnswer['entries']> {
      const { body } = await admin.get(`/automations/log?ruleId=${ruleId}`)
      return (body as RuleLogAnswer).entries
    },
  }
}

/** As at the start: without rules and faults, and with these contacts. */
export async function restartRuleStage(
  world: World,
  contacts: readonly SandboxContact[],
): Promise<RuleStage> {
  world.sandbox.faults.clear()
  // What Wrapup changed by itself in a test before is forgotten.
  world.clock.advance(20 * minuteMs)
  const stage = await startRuleStage(world)
  await stage.removeRules()
  world.sandbox.state.contacts = structuredClone([...contacts])
  return stage
}
