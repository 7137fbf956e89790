import type { SyncReason } from '../../shared/sync-contract.ts'

/** What contacts are matched by. */
export type ContactKey = { id: string; phone: string | null; email: string | null }

export type LinkedIds = { crmContactId: string; providerContactId: string }

/** Contacts that may be one person; a person decides. */
export type DuplicateProposal = { crmIds: string[]; providerIds: string[]; reason: SyncReason }

export type Matching = {
  pairs: { crmId: string; providerId: string; isLinked: boolean }[]
  /** Their other half was deleted, or was not in this reading. */
  halfLinked: { crmId: string; providerId: string; missing: 'crm' | 'provider' }[]
  onlyCrm: string[]
  onlyProvider: string[]
  duplicates: DuplicateProposal[]
}

type Side = 'crm' | 'provider'
const emailOf = ({ email }: ContactKey) => email?.trim().toLowerCase() || null

/** Linked ones first, then by phone, then by e-mail; what could be meant twice is proposed, never decided. */
export function matchContacts(
  crm: readonly ContactKey[],
  provider: readonly ContactKey[],
  links: readonly LinkedIds[],
): Matching {
  const rest = {
    crm: new Map(crm.map((contact) => [contact.id, contact])),
    provider: new Map(provider.map((contact) => [contact.id, contact])),
  }
  const all = { crm: new Map(rest.crm), provider: new Map(rest.provider) }
  const result: Matching = { pairs: [], halfLinked: [], onlyCrm: [], onlyProvider: [], duplicates: [] }
  takeLinked(rest, links, result)
  matchBy('phone', all, rest, result)
  matchBy('email', all, rest, result)
  result.onlyCrm = [...rest.crm.keys()]
  result.onlyProvider = [...rest.provider.keys()]
  return result
}

type Contacts = Record<Side, Map<string, ContactKey>>

function takeLinked(rest: Contacts, links: readonly LinkedIds[], result: Matching): void {
  for (const { crmContactId: crmId, providerContactId: providerId } of links) {
    const isInCrm = rest.crm.delete(crmId)
    const isInProvider = rest.provider.delete(providerId)
    if (isInCrm && isInProvider) result.pairs.push({ crmId, providerId, isLinked: true })
    else if (isInCrm || isInProvider) {
      result.halfLinked.push({ crmId, providerId, missing: isInCrm ? 'provider' : 'crm' })
    }
  }
}

function matchBy(by: 'phone' | 'email', all: Contacts, rest: Contacts, result: Matching): void {
  const keyOf = by === 'phone' ? ({ phone }: ContactKey) => phone || null : emailOf
  const groups = { crm: groupBy(all.crm, keyOf), provider: groupBy(all.provider, keyOf) }
  const keys = new Set([...rest.crm.values(), ...rest.provider.values()].map(keyOf))
  for (const key of keys) {
    if (key === null) continue
    const crm = groups.crm.get(key) ?? []
    const provider = groups.provider.get(key) ?? []
    const freeCrm = crm.filter(({ id }) => rest.crm.has(id))
    const freeProvider = provider.filter(({ id }) => rest.provider.has(id))
    if (crm.length + provider.length < 2) continue
    const [one, other] = [crm[0], provider[0]]
    const isPlain =
      crm.length === 1 && provider.length === 1 && freeCrm.length === 1 && freeProvider.length === 1
    if (isPlain && one && other && (by === 'phone' || !one.phone || !other.phone)) {
      result.pairs.push({ crmId: one.id, providerId: other.id, isLinked: false })
    } else if (by === 'phone' || needsDecision(freeCrm, freeProvider, crm, provider)) {
      const ids = (contacts: ContactKey[]) => contacts.map(({ id }) => id).sort()
      const reason = by === 'phone' ? 'same_phone' : 'same_email'
      result.duplicates.push({ crmIds: ids(crm), providerIds: ids(provider), reason })
    } else continue
    for (const { id } of freeCrm) rest.crm.delete(id)
    for (const { id } of freeProvider) rest.provider.delete(id)
  }
}

/** An address that several share is a matter for a person only where it could join the two sides. */
function needsDecision(
  freeCrm: ContactKey[],
  freeProvider: ContactKey[],
  crm: ContactKey[],
  provider: ContactKey[],
): boolean {
  return (freeCrm.length > 0 && provider.length > 0) || (freeProvider.length > 0 && crm.length > 0)
}

function groupBy(contacts: Map<string, ContactKey>, keyOf: (contact: ContactKey) => string | null) {
  return Map.groupBy(contacts.values(), keyOf)
}
