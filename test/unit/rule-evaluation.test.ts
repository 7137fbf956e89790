import { describe, expect, it } from 'vitest'
import type { RuleCondition, RuleTrigger } from '../../shared/automation-contract.ts'
import { compareWithSnapshot, type ContactSnapshot } from '../../server/automations/contact-changes.ts'
import { factsOfWebhook, hashOfField } from '../../server/automations/contact-facts.ts'
import { conditionHolds, triggeringChange, watchedBy } from '../../server/automations/rule-evaluation.ts'

const contactId = 'contact-1'
const at = (minute: number) => new Date(Date.UTC(2026, 10, 16, 15, minute))

function factsOf(payload: object) {
  const facts = factsOfWebhook(payload)
  if (!facts) throw new Error('no facts')
  return facts
}

const watched = watchedBy([
  { kind: 'tag_added', tag: 'hot' },
  { kind: 'field_changed', field: 'source', from: null, to: null },
  { kind: 'field_changed', field: 'custom:plan', from: null, to: null },
  { kind: 'opt_out' },
])

/** Runs through events in the order in which they come. */
function follow(...events: [minute: number, payload: object][]) {
  let known: ContactSnapshot | undefined
  return events.map(([minute, payload]) => {
    const compared = compareWithSnapshot(
      known,
      { contactId, facts: factsOf(payload), at: at(minute) },
      watched,
    )
    known = compared.snapshot
    return compared
  })
}

describe('what changed of a contact', () => {
  it('When it is seen for the first time, then nothing has changed', () => {
    const [first] = follow([0, { tags: ['hot'], source: 'ads' }])
    expect(first?.changes).toEqual({ fields: [], tagsAdded: [], tagsRemoved: [] })
  })

  it('When tags and fields differ from before, then those have changed, and no others', () => {
    const [, second] = follow(
      [0, { tags: ['cold'], source: 'ads', email: 'a@b.example' }],
      [1, { tags: [' HOT '], source: 'fair', email: 'c@d.example' }],
    )
    expect(second?.changes).toEqual({
      fields: [
        {
          field: 'source',
          fromHash: hashOfField(contactId, 'source', 'ads'),
          toHash: hashOfField(contactId, 'source', 'fair'),
        },
      ],
      tagsAdded: ['hot'],
      tagsRemoved: ['cold'],
    })
  })

  it('When an event comes that is older than what is known, then it tells nothing', () => {
    const [, second, late] = follow(
      [0, { tags: [] }],
      [2, { tags: ['hot'] }],
      [1, { tags: ['cold'], source: 'ads' }],
    )
    expect(second?.changes.tagsAdded).toEqual(['hot'])
    expect(late?.changes).toEqual({ fields: [], tagsAdded: [], tagsRemoved: [] })
    expect(late?.snapshot).toEqual(second?.snapshot)
  })

  it('When the same comes again, then nothing has changed', () => {
    const [, , repeated] = follow([0, { tags: [] }], [1, { tags: ['hot'] }], [1, { tags: ['hot'] }])
    expect(repeated?.changes.tagsAdded).toEqual([])
  })

  it('When only the case of a value differs, then it is the same', () => {
    const [, second] = follow([0, { source: 'Ads' }], [1, { source: 'ads ' }])
    expect(second?.changes.fields).toEqual([])
  })

  it('When an event does not tell the tags, then they stay as they were', () => {
    const [, second, third] = follow([0, { tags: ['hot'] }], [1, {}], [2, { tags: [] }])
    expect(second?.changes.tagsRemoved).toEqual([])
    expect(third?.changes.tagsRemoved).toEqual(['hot'])
  })

  it('When a custom field is emptied, which the platform tells by leaving it out, then it has changed', () => {
    const [, second] = follow([0, { customFields: [{ id: 'plan', value: ['gold'] }] }], [1, {}])
    expect(second?.changes.fields).toMatchObject([{ field: 'custom:plan', toHash: '' }])
  })

  it('When an event does not tell of do-not-disturb, then what was known of it stays', () => {
    const [, second, third] = follow(
      [0, { source: 'ads', dndSettings: { SMS: { status: 'inactive' } } }],
      [1, { source: 'fair' }],
      [2, { source: 'fair', dndSettings: { SMS: { status: 'permanent' } } }],
    )
    expect(second?.changes.fields.map(({ field }) => field)).not.toContain('smsBlocked')
    expect(third?.changes.fields).toMatchObject([
      { field: 'smsBlocked', toHash: hashOfField(contactId, 'smsBlocked', 'yes') },
    ])
  })

  it('When a snapshot is kept, then it holds no value, and another contact’s value has another hash', () => {
    const [first] = follow([0, { source: 'secret source', email: 'a@b.example', tags: ['hot'] }])
    expect(JSON.stringify(first?.snapshot)).not.toMatch(/secret|example/)
    expect(hashOfField('contact-1', 'source', 'ads')).not.toBe(hashOfField('contact-2', 'source', 'ads'))
  })
})

describe('what a rule waits for', () => {
  const [, changed] = follow([0, { tags: ['cold'], source: 'ads' }], [1, { tags: ['hot'], source: 'Fair' }])
  const happening = {
    kind: 'changed' as const,
    contactId,
    changes: changed?.changes ?? { fields: [], tagsAdded: [], tagsRemoved: [] },
    tagsHash: 'hash',
  }
  const source = (from: string | null, to: string | null): RuleTrigger => ({
    kind: 'field_changed',
    field: 'source',
    from,
    to,
  })

  it.each<[RuleTrigger, boolean]>([
    [{ kind: 'tag_added', tag: 'HOT ' }, true],
    [{ kind: 'tag_added', tag: 'cold' }, false],
    [{ kind: 'tag_removed', tag: 'cold' }, true],
    [{ kind: 'tag_removed', tag: 'hot' }, false],
    [source(null, null), true],
    [source('ADS', null), true],
    [source(null, 'fair'), true],
    [source('ads', 'fair'), true],
    [source('fair', null), false],
    [source('ads', 'ads'), false],
    [{ kind: 'field_changed', field: 'email', from: null, to: null }, false],
    [{ kind: 'reply' }, false],
    [{ kind: 'opt_out' }, false],
  ])('When a rule waits for %j, then it is %s that this is it', (trigger, expected) => {
    expect(triggeringChange(trigger, happening) !== undefined).toBe(expected)
  })

  it.each(['delivery_failed', 'reply', 'opt_out'] as const)(
    'When %s happened, then only a rule for that is set off',
    (kind) => {
      const kinds = (['delivery_failed', 'reply', 'opt_out'] as const).filter(
        (other) => triggeringChange({ kind: other }, { kind }) !== undefined,
      )
      expect(kinds).toEqual([kind])
      expect(triggeringChange({ kind: 'tag_added', tag: 'hot' }, { kind })).toBeUndefined()
    },
  )
})

describe('the condition of a rule', () => {
  const facts = factsOf({
    tags: ['VIP'],
    companyName: 'Blue Mesa Dental',
    assignedTo: 'user-1',
    customFields: [{ id: 'plan', value: 'Gold' }],
  })

  it.each<[RuleCondition | null, boolean]>([
    [null, true],
    [{ kind: 'field_equals', field: 'companyName', value: 'blue mesa dental' }, true],
    [{ kind: 'field_equals', field: 'companyName', value: 'blue mesa' }, false],
    [{ kind: 'field_contains', field: 'companyName', value: 'MESA' }, true],
    [{ kind: 'field_contains', field: 'email', value: 'mesa' }, false],
    [{ kind: 'field_equals', field: 'custom:plan', value: 'gold' }, true],
    [{ kind: 'field_is_empty', field: 'email' }, true],
    [{ kind: 'field_is_empty', field: 'custom:other' }, true],
    [{ kind: 'field_is_empty', field: 'companyName' }, false],
    [{ kind: 'has_tag', tag: 'vip' }, true],
    [{ kind: 'has_tag', tag: 'vi' }, false],
    [{ kind: 'lacks_tag', tag: 'vip' }, false],
    [{ kind: 'lacks_tag', tag: 'cold' }, true],
    [{ kind: 'is_assigned' }, true],
    [{ kind: 'is_unassigned' }, false],
  ])('When it is %j, then it is %s that it holds', (condition, expected) => {
    expect(conditionHolds(condition, facts)).toBe(expected)
  })
})
