import { randomUUID } from 'node:crypto'
import * as z from 'zod/mini'
import type {
  AutomationRule,
  RuleInput,
  RuleLogAnswer,
  RuleLogQuery,
  RulePreview,
  RulePreviewInput,
  RuleRun,
  RulesAnswer,
} from '../../shared/automation-contract.ts'
import { rulesMaxCount } from '../../shared/watched-fields.ts'
import type { Audited } from '../audit/audit-log.ts'
import type { ContactAccess } from '../contacts/contact-access.ts'
import { AppError } from '../errors.ts'
import { decodeCursor, encodeCursor } from '../opaque-cursor.ts'
import { requireAdmin, requireAllContacts } from '../rights.ts'
import type { Session } from '../session/session.ts'
import type { AutomationRuleRepository, StoredRule } from './automation-rule-repository.ts'
import type { AutomationRunRepository, RuleRunRow } from './automation-run-repository.ts'
import { factsOfContact } from './contact-facts.ts'
import type { ContactLearning } from './contact-learning.ts'
import { conditionHolds } from './rule-evaluation.ts'
import { planTask } from './task-plan.ts'

/** The id of the last entry on the page before. */
const positionSchema = z.int().check(z.positive())

const changeRules = 'change follow-up rules'

const none = { created: 0, leftOut: 0 }

export type AutomationService = ReturnType<typeof createAutomationService>

/** The follow-up rules of a location: everybody of it may read them, admins change them. */
export function createAutomationService(parts: {
  rules: AutomationRuleRepository
  runs: Pick<AutomationRunRepository, 'recentOf' | 'list'>
  learning: Pick<ContactLearning, 'rulesChanged'>
  access: Pick<ContactAccess, 'load'>
  audited: Audited
  now: () => number
}) {
  const { rules, runs, learning, access, audited, now } = parts

  async function list({ locationId }: Session): Promise<RulesAnswer> {
    const [stored, recent] = await Promise.all([rules.list(locationId), runs.recentOf(locationId)])
    return { rules: stored.map((rule) => toRule(rule, recent.get(rule.id))) }
  }

  async function find(locationId: string, ruleId: string): Promise<StoredRule> {
    const rule = await rules.find(locationId, ruleId)
    if (!rule) throw noSuchRule()
    return rule
  }

  async function create(session: Session, input: RuleInput): Promise<AutomationRule> {
    requireAdmin(session, changeRules)
    const { locationId } = session
    if ((await rules.count(locationId)) >= rulesMaxCount) {
      throw new AppError('rejected', `There can be ${rulesMaxCount} rules. Delete one that is not needed.`)
    }
    const ruleId = randomUUID()
    const about = { session, contactId: null, action: 'automation.create', reference: ruleId } as const
    return audited(about, async () => {
      const rule = await rules.insert(locationId, ruleId, input)
      await learning.rulesChanged(locationId)
      if (!rule) throw noSuchRule()
      return toRule(rule, none)
    })
  }

  async function update(session: Session, ruleId: string, input: RuleInput): Promise<AutomationRule> {
    requireAdmin(session, changeRules)
    const { locationId } = session
    const before = await find(locationId, ruleId)
    const about = { session, contactId: null, action: 'automation.update', reference: ruleId } as const
    return audited(about, async () => {
      const rule = await rules.update(locationId, ruleId, {
        ...input,
        activeSince: activeSince(before, input),
      })
      if (!rule) throw noSuchRule()
      await learning.rulesChanged(locationId)
      return toRule(rule, (await runs.recentOf(locationId)).get(ruleId))
    })
  }

  /** A rule waits for what happens from now on, not for what happened while it was off or waited for something else. */
  function activeSince(before: StoredRule, { isOn, trigger }: RuleInput): Date {
    const isSame = before.isOn && isOn && JSON.stringify(before.trigger) === JSON.stringify(trigger)
    return isSame ? before.activeSince : new Date(now())
  }

  async function remove(session: Session, ruleId: string): Promise<void> {
    requireAdmin(session, changeRules)
    const about = { session, contactId: null, action: 'automation.delete', reference: ruleId } as const
    await audited(about, async () => {
      if (!(await rules.remove(session.locationId, ruleId))) throw noSuchRule()
      await learning.rulesChanged(session.locationId)
    })
  }

  /** What a rule would do for a contact now; makes nothing. */
  async function preview(session: Session, input: RulePreviewInput): Promise<RulePreview> {
    requireAdmin(session, changeRules)
    const contact = await access.load(session, input.contactId)
    return {
      conditionHolds: conditionHolds(input.condition, factsOfContact(contact)),
      ...planTask(input.task, contact, { nowMs: now(), timezone: session.timezone }),
    }
  }

  async function log(session: Session, { ruleId, limit, cursor }: RuleLogQuery): Promise<RuleLogAnswer> {
    requireAllContacts(session)
    const beforeId = decodeCursor(cursor, (position) => positionSchema.parse(position))
    const { locationId } = session
    const rows = await runs.list({ locationId, ruleId, beforeId, limit: limit + 1 })
    const entries = rows.slice(0, limit).map(toEntry)
    const last = entries.at(-1)
    return { entries, nextCursor: rows.length > limit && last ? encodeCursor(last.id) : null }
  }

  return { list, create, update, remove, preview, log }
}

const noSuchRule = () => new AppError('not_found', 'There is no such rule, or no longer.')

function toRule(
  { locationId: _locationId, activeSince: _activeSince, createdAt, updatedAt, ...rule }: StoredRule,
  recent = none,
): AutomationRule {
  return { ...rule, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString(), recent }
}

function toEntry({ id, ruleId, contactId, eventAt, trigger, state, reason, taskId }: RuleRunRow): RuleRun {
  const outcome = state === 'creating' ? 'waiting' : state
  return { id, ruleId, contactId, at: eventAt.toISOString(), trigger, outcome, reason, taskId }
}
