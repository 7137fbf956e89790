import { createHash } from 'node:crypto'
import type { RuleAssignee, RuleRunReason, RuleTask } from '../../shared/automation-contract.ts'
import { dueInstant } from '../../shared/due-presets.ts'
import { taskTitleMaxLength } from '../../shared/field-limits.ts'
import { fillMergeFields, type MergeField } from '../../shared/merge-fields.ts'
import type { PlatformContact, PlatformTask } from '../highlevel/contact-answers.ts'

/** A follow-up as it is about to be made. */
export type TaskPlan = {
  title: string
  body: string
  /** ISO 8601, UTC. */
  dueDate: string
  assignedTo: string | null
}

/** For a title that is made of merge fields the contact has no values for. */
const untitled = 'Follow up'

export function planTask(
  template: RuleTask,
  contact: PlatformContact,
  when: { nowMs: number; timezone: string },
): TaskPlan {
  const fill = (text: string) => fillMergeFields(text, (field) => valueOf(contact, field))
  return {
    title: fill(template.title).trim().slice(0, taskTitleMaxLength).toWellFormed() || untitled,
    body: fill(template.body).trim(),
    dueDate: dueInstant(template.due, when.nowMs, when.timezone),
    assignedTo: assigneeOf(template.assignee, contact),
  }
}

function assigneeOf(assignee: RuleAssignee, contact: PlatformContact): string | null {
  if (assignee.kind === 'user') return assignee.userId
  return assignee.kind === 'contact_owner' ? contact.assignedTo || null : null
}

/** Why a follow-up that was to be somebody's is nobody's. */
export function whyNobodys({ assignee }: RuleTask, planned: TaskPlan): RuleRunReason | null {
  return assignee.kind === 'contact_owner' && planned.assignedTo === null ? 'no_owner' : null
}

function valueOf(contact: PlatformContact, field: MergeField): string | null {
  const firstName = contact.firstNameRaw || contact.firstName || null
  const lastName = contact.lastNameRaw || contact.lastName || null
  const values: Record<MergeField, string | null | undefined> = {
    'contact.name': [firstName, lastName].filter(Boolean).join(' ') || contact.contactName || contact.name,
    'contact.first_name': firstName,
    'contact.last_name': lastName,
    'contact.email': contact.email,
    'contact.phone': contact.phone,
    'contact.company_name': contact.companyName,
    'contact.source': contact.source,
  }
  return values[field] ?? null
}

/** The same for a task that was asked for and the same task as the platform shows it, which may trim what it is given. */
export function hashOfTask(task: TaskPlan | PlatformTask): string {
  const words = (text: string | null | undefined) => (text ?? '').replaceAll('\r\n', '\n').trim()
  const dueMs = Date.parse(task.dueDate ?? '')
  const told = [words(task.title), words(task.body), dueMs, task.assignedTo || null]
  return createHash('sha256').update(JSON.stringify(told)).digest('base64url')
}
