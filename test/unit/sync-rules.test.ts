import { describe, expect, it } from 'vitest'
import type { SyncMapping, SyncTransform } from '../../shared/sync-contract.ts'
import { matchContacts } from '../../server/sync/contact-matching.ts'
import { canonicalValue } from '../../server/sync/field-transforms.ts'
import { keptOf } from '../../server/sync/linked-pair.ts'
import { planCreation, planPair } from '../../server/sync/pair-plan.ts'
import type { SideContact } from '../../server/sync/sync-side.ts'
import { mergeTags } from '../../server/sync/tag-merge.ts'

const name: SyncMapping = {
  crmField: 'firstName',
  providerField: 'firstName',
  transforms: [],
  direction: 'both',
  rule: 'newest',
}
const settings = { mappings: [name], syncTags: false, tagOrder: [] }

function contact(fields: Record<string, string>, rest: Partial<SideContact> = {}): SideContact {
  return { id: 'one', phone: '+15105550100', email: null, updatedAtMs: 1_000, fields, tags: [], ...rest }
}

const kept = (crm: SideContact, provider: SideContact, rules = settings) =>
  keptOf(crm, provider, rules, undefined)

describe('transforms of values', () => {
  it.each<[SyncTransform, string, string | undefined]>([
    ['trim', '  Ann   Lee ', 'Ann Lee'],
    ['lower', 'Ann', 'ann'],
    ['upper', 'Ann', 'ANN'],
    ['phone', '+1 (510) 555-0100', '+15105550100'],
    ['phone', '555-0100', undefined],
    ['date', '2026-03-04T10:00:00Z', '2026-03-04'],
    ['date', '1772582400000', '2026-03-04'],
    ['date', '03/04/2026', undefined],
    ['date', '2026-02-30', undefined],
  ])('When %s reads "%s", then it is %s', (transform, value, result) => {
    expect(canonicalValue(value, [transform])).toBe(result)
  })

  it.each<[SyncTransform, string]>([
    ['trim', '  Ann  Lee '],
    ['lower', 'İSTANBUL'],
    ['upper', 'straße'],
    ['phone', '+1 510 555 0100'],
    ['date', '2026-03-04T10:00:00Z'],
  ])('When %s is done twice, then it is as if done once', (transform, value) => {
    const once = canonicalValue(value, [transform]) ?? ''
    expect(once).not.toBe('')
    expect(canonicalValue(once, [transform])).toBe(once)
  })
})

describe('three-way comparison of a pair', () => {
  const before = contact({ firstName: 'Ann' })

  it('When one side changed a field, then the other takes it over, whoever is newer', () => {
    const plan = planPair({
      crm: contact({ firstName: 'Anna' }, { updatedAtMs: 1 }),
      provider: contact({ firstName: 'Ann' }, { updatedAtMs: 9 }),
      kept: kept(before, before),
      settings,
    })
    expect(plan.provider?.fields).toEqual({ firstName: 'Anna' })
    expect(plan.crm).toBeUndefined()
    expect(plan.isConflict).toBe(false)
  })

  it.each([
    ['newest', { to: 'crm', value: 'Annie' }],
    ['crm', { to: 'provider', value: 'Anna' }],
    ['provider', { to: 'crm', value: 'Annie' }],
  ] as const)('When both changed it and the rule is %s, then that one wins', (rule, { to, value }) => {
    const rules = { ...settings, mappings: [{ ...name, rule }] }
    const plan = planPair({
      crm: contact({ firstName: 'Anna' }, { updatedAtMs: 1 }),
      provider: contact({ firstName: 'Annie' }, { updatedAtMs: 9 }),
      kept: kept(before, before, rules),
      settings: rules,
    })
    expect(plan[to]?.fields).toEqual({ firstName: value })
    expect(plan[to === 'crm' ? 'provider' : 'crm']).toBeUndefined()
    expect(plan.isConflict).toBe(true)
  })

  it('When they meet for the first time, then what is empty is filled and is no conflict', () => {
    const plan = planPair({
      crm: contact({ firstName: '' }),
      provider: contact({ firstName: 'Ann' }),
      kept: undefined,
      settings,
    })
    expect(plan.crm?.fields).toEqual({ firstName: 'Ann' })
    expect(plan.isConflict).toBe(false)
  })

  it('When a side was emptied, then the other is too, but never of its phone', () => {
    const phone = planPair({
      crm: contact({ firstName: '' }, { phone: null }),
      provider: before,
      kept: kept(before, before),
      settings,
    })
    expect(phone.provider?.fields).toEqual({ firstName: '' })
    expect(phone.crm).toBeUndefined()
  })

  it('When a side keeps a value otherwise than it was written, then it is not written again and again', () => {
    const crm = contact({ firstName: 'Ann-Christin-Margarete' })
    const provider = contact({ firstName: 'Ann-Christin' })
    const plan = planPair({ crm, provider, kept: kept(crm, provider), settings })
    expect([plan.crm, plan.provider]).toEqual([undefined, undefined])
  })

  it('When a value cannot be read, then it is left alone and told', () => {
    const mapping: SyncMapping = {
      ...name,
      crmField: 'custom:a1',
      providerField: 'custom:7',
      transforms: ['date'],
    }
    const plan = planPair({
      crm: contact({ 'custom:a1': 'tomorrow' }),
      provider: contact({ 'custom:7': '2026-01-02' }),
      kept: undefined,
      settings: { ...settings, mappings: [mapping] },
    })
    expect([plan.crm, plan.provider]).toEqual([undefined, undefined])
    expect(plan.changes).toEqual([{ field: 'custom:a1', writtenTo: null, reason: 'not_readable' }])
  })

  it('When a field goes one way, then the source is written over what the target says', () => {
    const rules = { ...settings, mappings: [{ ...name, direction: 'to_provider' as const }] }
    const plan = planPair({
      crm: before,
      provider: contact({ firstName: 'Annie' }),
      kept: kept(before, before, rules),
      settings: rules,
    })
    expect(plan.provider?.fields).toEqual({ firstName: 'Ann' })
    expect(plan.crm).toBeUndefined()
  })

  it('When a whole name is mapped, then it is joined and split', () => {
    const mapping: SyncMapping = { ...name, crmField: 'fullName', providerField: 'displayName' }
    const rules = { ...settings, mappings: [mapping] }
    const provider = contact({ displayName: 'Maria de la Cruz' })
    const plan = planCreation({ from: provider, to: 'crm', settings: rules, addTag: 'Heymarket' })
    expect(plan.crm).toEqual({
      fields: { phone: '+15105550100', firstName: 'Maria', lastName: 'de la Cruz' },
      tags: ['heymarket'],
      tagsBefore: [],
    })
  })
})

describe('tags', () => {
  it('When a contact has more tags than the other system takes, then the order decides and the rest is told', () => {
    const tags = ['a', 'b', 'c', 'd', 'e', 'vip', 'lead']
    const merged = mergeTags({ crm: tags, provider: [] }, new Set(), ['VIP', 'Lead'])
    expect(merged.provider).toEqual(['a', 'b', 'c', 'lead', 'vip'])
    expect(merged.leftOut).toEqual(['d', 'e'])
    expect(merged.crm).toHaveLength(7)
  })

  it('When a tag was only left out over there, then it is not taken for removed', () => {
    const crm = ['a', 'b', 'c', 'd', 'e', 'f']
    const provider = ['a', 'b', 'c', 'd', 'e']
    expect(mergeTags({ crm, provider }, new Set(provider), []).crm).toEqual(crm)
  })

  it('When a tag was added or removed over there, then the CRM follows', () => {
    const merged = mergeTags({ crm: ['a', 'b'], provider: ['b', 'new'] }, new Set(['a', 'b']), [])
    expect(merged.crm).toEqual(['b', 'new'])
    expect(merged.provider).toEqual(['b', 'new'])
  })

  it('When some over there have no name, then none is removed on either side, and what is new there and here travels', () => {
    const now = { crm: ['a', 'b', 'mine'], provider: ['c', 'theirs'], hasUnnamed: true }
    const merged = mergeTags(now, new Set(['a', 'b', 'c']), [])
    expect(merged.crm).toEqual(['a', 'b', 'mine', 'theirs'])
    expect(merged.provider).toEqual(['c', 'theirs', 'mine'])
  })

  it('When tags lose their names and have them again, then what was known of them is known still', () => {
    const rules = { ...settings, syncTags: true }
    const named = contact({}, { tags: ['a', 'b'] })
    const unnamed = contact({}, { hasUnnamedTags: true })
    const first = keptOf(named, named, rules, undefined)
    const later = keptOf(named, unnamed, rules, first)
    expect(later.providerTags).toEqual(['a', 'b'])
    const emptied = contact({}, { tags: [] })
    const plan = planPair({ crm: named, provider: emptied, kept: later, settings: rules })
    expect(plan.crm?.tags).toEqual([])
  })
})

describe('matching', () => {
  const of = (id: string, phone: string | null, email: string | null = null) => ({ id, phone, email })

  it('When phones are the same, then they are one, and else when e-mails are and no phone contradicts', () => {
    const matched = matchContacts(
      [of('c1', '+1'), of('c2', null, 'Ann@x.io'), of('c3', '+3')],
      [of('p1', '+1'), of('p2', '+2', 'ann@x.io'), of('p4', '+4')],
      [],
    )
    expect(matched.pairs).toEqual([
      { crmId: 'c1', providerId: 'p1', isLinked: false },
      { crmId: 'c2', providerId: 'p2', isLinked: false },
    ])
    expect([matched.onlyCrm, matched.onlyProvider]).toEqual([['c3'], ['p4']])
  })

  it('When two could be meant, or the phones of one address differ, then it is proposed and not decided', () => {
    const matched = matchContacts(
      [of('c1', '+1'), of('c2', '+1'), of('c3', '+3', 'ann@x.io')],
      [of('p1', '+1'), of('p4', '+4', 'ann@x.io')],
      [],
    )
    expect(matched.pairs).toEqual([])
    expect(matched.duplicates).toEqual([
      { crmIds: ['c1', 'c2'], providerIds: ['p1'], reason: 'same_phone' },
      { crmIds: ['c3'], providerIds: ['p4'], reason: 'same_email' },
    ])
  })

  it('When a new contact has the phone of one that is linked, then it is proposed, and the link stays', () => {
    const links = [{ crmContactId: 'c1', providerContactId: 'p1' }]
    const matched = matchContacts([of('c1', '+1'), of('c2', '+1')], [of('p1', '+1')], links)
    expect(matched.pairs).toEqual([{ crmId: 'c1', providerId: 'p1', isLinked: true }])
    expect(matched.duplicates).toEqual([{ crmIds: ['c1', 'c2'], providerIds: ['p1'], reason: 'same_phone' }])
  })

  it('When the other half of a link is not there, then nothing is made anew', () => {
    const matched = matchContacts([of('c1', '+1')], [], [{ crmContactId: 'c1', providerContactId: 'p1' }])
    expect(matched.halfLinked).toEqual([{ crmId: 'c1', providerId: 'p1', missing: 'provider' }])
    expect(matched.onlyCrm).toEqual([])
  })
})
