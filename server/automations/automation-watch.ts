import type { Transaction } from '../storage/database.ts'
import type { WebhookEvent } from '../webhooks/webhook-repository.ts'
import { messageKey, type Occasion, occasionOf } from './automation-occasions.ts'
import type { AutomationRuleRepository } from './automation-rule-repository.ts'
import type { AutomationRunRepository } from './automation-run-repository.ts'
import { hashOfField, hashOfTags, smsBlockedField } from './contact-facts.ts'
import type { ContactLearning } from './contact-learning.ts'
import type { ContactSnapshotRepository } from './contact-snapshot-repository.ts'
import { createOccasionDesk } from './occasion-desk.ts'
import type { OwnChangeRepository } from './own-change-repository.ts'
import { changeNames, watchedBy } from './rule-evaluation.ts'

/** What another part of Wrapup saw happen to a contact. */
export type HappenedToContact = {
  kind: 'delivery_failed' | 'reply' | 'opt_out'
  contactId: string
  /** The platform's, where there is one: a webhook that tells of the same message is then no second occasion. */
  messageId?: string | null
  /** Default: now. */
  at?: Date | null
}

/** A change that Wrapup is about to make by itself, not because a user asked for it. */
export type OwnChange = {
  /** All that the contact has afterwards. */
  tags?: readonly string[] | undefined
  /** By rule field; the new values. */
  fields?: Readonly<Record<string, string>>
}

export type AutomationWatch = ReturnType<typeof createAutomationWatch>

/** Holds what happened against the rules of its location, and queues what they make of it. */
export function createAutomationWatch(parts: {
  rules: Pick<AutomationRuleRepository, 'list'>
  snapshots: ContactSnapshotRepository
  ownChanges: Pick<OwnChangeRepository, 'note' | 'listFor'>
  runs: Pick<AutomationRunRepository, 'record'>
  learning: Pick<ContactLearning, 'ensure'>
  /** When an event happened. */
  happenedAt: (event: WebhookEvent) => Date
  /** Within the transaction that writes the runs down. */
  queueRuns: (locationId: string, runIds: readonly number[], transaction: Transaction) => Promise<void>
  now: () => number
}) {
  const { rules, snapshots, ownChanges, runs, learning, happenedAt, queueRuns, now } = parts

  async function takeIn(locationId: string, occasions: readonly Occasion[]): Promise<void> {
    if (occasions.length === 0) return
    const known = await rules.list(locationId)
    if (known.length === 0) return
    const watched = watchedBy(known.map(({ trigger }) => trigger))
    await snapshots.inOrder(locationId, async (transaction) => {
      await learning.ensure(locationId, watched, transaction)
      const ids = [...new Set(occasions.map(({ contactId }) => contactId))]
      const own = await ownChanges.listFor(locationId, ids, transaction)
      const desk = createOccasionDesk(
        known,
        watched,
        await snapshots.listFor(locationId, ids, transaction),
        own,
      )
      // As they happened, not as they came.
      for (const occasion of occasions.toSorted((one, other) => one.at.getTime() - other.at.getTime())) {
        desk.take(occasion)
      }
      await snapshots.removeAll(locationId, desk.deleted(), transaction)
      await snapshots.putAll(locationId, desk.changed(), transaction)
      const runIds = await runs.record(locationId, desk.runs(), transaction)
      if (runIds.length > 0) await queueRuns(locationId, runIds, transaction)
    })
  }

  return {
    /** Webhooks of one location: all are taken in, or none. A repeat does nothing. */
    heard(locationId: string, events: readonly WebhookEvent[]): Promise<void> {
      return takeIn(
        locationId,
        events.flatMap((event) => occasionOf(event, happenedAt(event)) ?? []),
      )
    },

    happened(locationId: string, { kind, contactId, messageId, at }: HappenedToContact): Promise<void> {
      const when = at ?? new Date(now())
      const key = `${kind}:${contactId}:${when.getTime()}`
      if (kind === 'opt_out') {
        const facts = { fields: new Map([[smsBlockedField, 'yes']]), tags: null }
        return takeIn(locationId, [{ of: 'contact', contactId, at: when, key, facts, isPartial: true }])
      }
      const message = { of: 'message' as const, contactId, at: when, kind }
      return takeIn(locationId, [{ ...message, key: messageId ? messageKey(kind, messageId) : key }])
    },

    /** To be called before the change is made, so that its echo sets off no rule. */
    willChange(locationId: string, contactId: string, change: OwnChange): Promise<void> {
      return ownChanges.note(locationId, contactId, [
        ...(change.tags ? [changeNames.tags(hashOfTags(contactId, change.tags))] : []),
        ...Object.entries(change.fields ?? {}).map(([field, value]) =>
          changeNames.field(field, hashOfField(contactId, field, value)),
        ),
      ])
    },
  }
}
