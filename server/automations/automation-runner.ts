import type { ErrorCode } from '../../shared/error-codes.ts'
import type { RuleRunReason } from '../../shared/automation-contract.ts'
import { AppError, isProvablyUndone } from '../errors.ts'
import type { ContactsApi } from '../highlevel/contacts-api.ts'
import type { Logger } from '../logger.ts'
import type { AutomationRuleRepository, StoredRule } from './automation-rule-repository.ts'
import type { AutomationRunRepository, RuleRunRow, RunEnd } from './automation-run-repository.ts'
import { factsOfContact } from './contact-facts.ts'
import { conditionHolds } from './rule-evaluation.ts'
import { hashOfTask, planTask, type TaskPlan, whyNobodys } from './task-plan.ts'

/** Longer than a job may take. */
const leaseMs = 130_000

/** Trying again would change nothing: what became of it is said, once. */
const finalReasons: Partial<Record<ErrorCode, RuleRunReason>> = {
  not_found: 'contact_gone',
  reconnect_required: 'reconnect_required',
  location_suspended: 'location_suspended',
  forbidden: 'rejected',
  rejected: 'rejected',
  validation: 'rejected',
}

/** Makes the follow-up that a rule asks for, once: what may have been made by an earlier try is looked for first. */
export function createAutomationRunner(parts: {
  rules: Pick<AutomationRuleRepository, 'find'>
  runs: AutomationRunRepository
  contacts: Pick<ContactsApi, 'get' | 'listTasks' | 'createTask'>
  /** The location's IANA zone. */
  timezoneOf: (locationId: string) => Promise<string>
  now: () => number
  logger: Logger
}) {
  const { rules, runs, contacts, timezoneOf, now, logger } = parts

  async function findTwin(run: RuleRunRow): Promise<string | undefined> {
    const [tasks, others] = await Promise.all([
      contacts.listTasks(run.locationId, run.contactId),
      runs.tasksMadeFor(run.locationId, run.contactId),
    ])
    return tasks.find((task) => !others.has(task.id) && hashOfTask(task) === run.taskHash)?.id
  }

  /** People answer in several texts: as long as nobody has done the follow-up of one, the next needs no other. */
  async function isStillOpen({ locationId, contactId, ruleId }: RuleRunRow): Promise<boolean> {
    const made = await runs.newestTaskOf(ruleId, contactId)
    if (made === undefined) return false
    const tasks = await contacts.listTasks(locationId, contactId)
    return tasks.some(({ id, completed }) => id === made && !completed)
  }

  /** @returns the task's id; undefined where the rule has made as many as it may */
  async function create(run: RuleRunRow, rule: StoredRule, plan: TaskPlan): Promise<string | undefined> {
    if (!(await runs.begin(run, hashOfTask(plan), rule.dailyLimit))) return undefined
    const { assignedTo, ...fields } = plan
    const task = { ...fields, completed: false, ...(assignedTo === null ? {} : { assignedTo }) }
    try {
      return (await contacts.createTask(run.locationId, run.contactId, task)).id
    } catch (error) {
      if (isProvablyUndone(error)) await runs.putBack(run.id)
      throw error
    }
  }

  const createdEnd = (taskId: string | undefined, reason: RuleRunReason | null): RunEnd =>
    taskId === undefined ? { state: 'skipped', reason: 'daily_limit' } : { state: 'created', reason, taskId }

  /** A follow-up for nobody is worth more than none. */
  async function createForAnybody(run: RuleRunRow, rule: StoredRule, plan: TaskPlan): Promise<RunEnd> {
    try {
      return createdEnd(await create(run, rule, plan), whyNobodys(rule.task, plan))
    } catch (error) {
      if (plan.assignedTo === null || !(error instanceof AppError) || error.code !== 'rejected') throw error
      return createdEnd(await create(run, rule, { ...plan, assignedTo: null }), 'assignee_gone')
    }
  }

  async function carryOut(run: RuleRunRow): Promise<RunEnd> {
    const twin = run.state === 'creating' ? await findTwin(run) : undefined
    if (twin !== undefined) return { state: 'created', reason: null, taskId: twin }
    const before = await rules.find(run.locationId, run.ruleId)
    if (!before?.isOn) return { state: 'skipped', reason: 'rule_off' }
    // A tag given to thousands at once costs the platform no call for those that are left out anyway.
    if (!(await runs.hasRoom(run, before.dailyLimit))) return createdEnd(undefined, null)
    const contact = await contacts.get(run.locationId, run.contactId)
    // As late as can be: it may have been turned off while the platform kept us waiting.
    const rule = await rules.find(run.locationId, run.ruleId)
    if (!rule?.isOn) return { state: 'skipped', reason: 'rule_off' }
    if (!conditionHolds(rule.condition, factsOfContact(contact)))
      return { state: 'skipped', reason: 'condition' }
    if (run.trigger === 'reply' && (await isStillOpen(run))) return { state: 'skipped', reason: 'still_open' }
    const timezone = await timezoneOf(run.locationId)
    return createForAnybody(run, rule, planTask(rule.task, contact, { nowMs: now(), timezone }))
  }

  /** @throws what may pass: then it is to be tried again */
  return async function runRule(runId: number): Promise<void> {
    const run = await runs.claim(runId, leaseMs)
    if (!run) return
    try {
      await runs.end(run.id, await carryOut(run))
    } catch (error) {
      const reason = error instanceof AppError ? finalReasons[error.code] : undefined
      if (reason === undefined) {
        await runs.release(run.id)
        throw error
      }
      const { locationId, ruleId, contactId } = run
      logger.warn(
        { err: error, locationId, ruleId, contactId, reason },
        'a rule could not make its follow-up',
      )
      await runs.end(run.id, { state: 'failed', reason })
    }
  }
}
