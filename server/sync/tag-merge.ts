/** The other system takes no more per contact. */
export const providerTagsMax = 5

export type TagMerge = {
  crm: string[]
  provider: string[]
  /** What the other system has no room for. */
  leftOut: string[]
}

type Tags = {
  crm: readonly string[]
  provider: readonly string[]
  /** The other system holds more than those, and nobody knows which. */
  hasUnnamed?: boolean | undefined
}

/**
 * The CRM's tags are the whole list; the other system holds the first few of it. What was added or removed over there
 * since the last time is added and removed in the CRM; what was only left out there is not taken for removed.
 *
 * As long as some over there have no name, those that are missing may be these: nothing is removed on either side, and
 * what is held back travels once all names are known.
 * @param before what the other system held when both were last made the same
 */
export function mergeTags(now: Tags, before: ReadonlySet<string>, order: readonly string[]): TagMerge {
  const there = new Set(now.hasUnnamed ? [...now.provider, ...before] : now.provider)
  const all = new Set(now.crm)
  for (const tag of there) if (!before.has(tag)) all.add(tag)
  for (const tag of before) if (!there.has(tag)) all.delete(tag)

  const crm = [...all].sort()
  const rank = new Map(order.map((tag, place) => [tag.trim().toLowerCase(), place]))
  const rankOf = (tag: string) => rank.get(tag) ?? order.length
  const ranked = crm.toSorted((one, other) => rankOf(one) - rankOf(other))
  const inRoom = ranked.slice(0, providerTagsMax)
  const added = [...now.provider, ...inRoom.filter((tag) => !there.has(tag))]
  return {
    crm,
    provider: now.hasUnnamed ? added.slice(0, providerTagsMax) : inRoom.sort(),
    leftOut: ranked.slice(providerTagsMax),
  }
}
