import type { Occasion } from './automation-occasions.ts'
import type { StoredRule } from './automation-rule-repository.ts'
import type { NewRun } from './automation-run-repository.ts'
import { compareWithSnapshot, type ContactSnapshot, type Watched } from './contact-changes.ts'
import { hashOfField, hashOfTags, smsBlockedField } from './contact-facts.ts'
import { type Happening, triggeringChange } from './rule-evaluation.ts'

type ContactOccasion = Extract<Occasion, { of: 'contact' }>

/** Goes through occasions one after the other, each in the light of those before. */
export function createOccasionDesk(
  rules: readonly StoredRule[],
  watched: Watched,
  known: ReadonlyMap<string, ContactSnapshot>,
  own: ReadonlyMap<string, ReadonlySet<string>>,
) {
  const changed = new Map<string, ContactSnapshot>()
  const deleted = new Set<string>()
  const runs: NewRun[] = []

  function setOff({ contactId, at }: Occasion, occasion: string, happening: Happening): void {
    for (const { id, isOn, activeSince, trigger } of rules) {
      const change = isOn && activeSince <= at ? triggeringChange(trigger, happening) : undefined
      if (change === undefined) continue
      const skipped = own.get(contactId)?.has(change) ? 'own_change' : null
      runs.push({ ruleId: id, contactId, trigger: trigger.kind, occasion, eventAt: at, skipped })
    }
  }

  function takeContact(occasion: ContactOccasion): void {
    const { contactId, facts, at, key, isPartial } = occasion
    const before = changed.get(contactId) ?? (deleted.has(contactId) ? undefined : known.get(contactId))
    if (isOptOut(before, occasion))
      setOff(occasion, `opt_out:${contactId}:${at.getTime()}`, { kind: 'opt_out' })
    if (isPartial) {
      if (watched.fields.has(smsBlockedField)) changed.set(contactId, withDnd(before, occasion))
      return
    }
    const { changes, snapshot } = compareWithSnapshot(before, { contactId, facts, at }, watched)
    if (watched.fields.size > 0 || watched.tags) changed.set(contactId, snapshot)
    const tagsHash = hashOfTags(contactId, snapshot.tags ?? [])
    setOff(occasion, key, { kind: 'changed', contactId, changes, tagsHash })
  }

  return {
    take(occasion: Occasion): void {
      if (occasion.of === 'message') setOff(occasion, occasion.key, { kind: occasion.kind })
      else if (occasion.of === 'contact') takeContact(occasion)
      else {
        deleted.add(occasion.contactId)
        changed.delete(occasion.contactId)
      }
    },
    changed: () => [...changed.values()],
    deleted: () => [...deleted],
    runs: () => runs,
  }
}

/** An event that tells of do-not-disturb for SMS says that it changed: of who was not known, it is news as well. */
function isOptOut(known: ContactSnapshot | undefined, { contactId, facts, at }: ContactOccasion): boolean {
  const isBlocked = facts.fields.get(smsBlockedField) === 'yes'
  const wasBlocked = known?.fieldHashes[smsBlockedField] === hashOfField(contactId, smsBlockedField, 'yes')
  return isBlocked && !wasBlocked && !(known && known.seenAt > at)
}

/** Events that come late may still tell of the other fields. */
function withDnd(known: ContactSnapshot | undefined, { contactId, facts }: ContactOccasion): ContactSnapshot {
  const hash = hashOfField(contactId, smsBlockedField, facts.fields.get(smsBlockedField) ?? '')
  const { tags, seenAt, fieldHashes } = known ?? { tags: null, seenAt: new Date(0), fieldHashes: {} }
  return { contactId, tags, seenAt, fieldHashes: { ...fieldHashes, [smsBlockedField]: hash } }
}
