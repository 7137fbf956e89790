import { AppError } from '../errors.ts'
import type { HeymarketContactsApi } from '../providers/heymarket-contacts-api.ts'
import { areCredentialsRefused } from './credentials-refusal.ts'
import { providerTagsMax } from './tag-merge.ts'

type Tag = { id: number; name: string }

export const tagNameOf = (name: string): string => name.trim().toLowerCase()

/**
 * Tags are ids over there: which is which is read once per use. Where the account does not open them, no names are
 * known, and contacts keep those that they have.
 * @param parts.ask makes so many calls in turn
 */
export function createHeymarketTagBook({
  ask,
}: {
  ask: <T>(calls: number, call: (api: HeymarketContactsApi) => Promise<T>) => Promise<T>
}) {
  let reading: Promise<Tag[] | null> | undefined
  const tags = () => (reading ??= ask(1, (api) => api.tags()).catch(nullWhenRefused))

  async function makeTag(name: string, known: Tag[]): Promise<number | null> {
    const id = await ask(1, (api) => api.createTag(name)).catch(nullWhenRefused)
    if (id !== null) known.push({ id, name })
    return id
  }

  return {
    /** @returns fewer where some have no name that is known */
    async namesOf(ids: readonly number[]): Promise<string[]> {
      const known = ids.length === 0 ? null : await tags()
      return ids.flatMap((id) => known?.find((tag) => tag.id === id)?.name ?? [])
    },

    /** A name that is not there yet is made; where the account may not make tags, it is left out. */
    async idsOf(names: readonly string[]): Promise<number[]> {
      const known = await tags()
      // Made without looking, they would be made again and again.
      if (!known) return []
      const ids = []
      for (const name of names) {
        const id = known.find((tag) => tagNameOf(tag.name) === name)?.id ?? (await makeTag(name, known))
        if (id !== null) ids.push(id)
      }
      return ids
    },

    /** The wanted ones beside those that a contact has without a name that is known: these are not ours to take away. */
    async besideUnknown(contactId: number, wanted: readonly number[]): Promise<number[]> {
      const { tagIds } = await ask(1, (api) => api.get(contactId))
      const known = (await tags()) ?? []
      const unknown = tagIds.filter((tagId) => !known.some(({ id }) => id === tagId))
      return [...unknown, ...wanted].slice(0, providerTagsMax)
    },
  }
}

/** What concerns tags is in an older text of its documents only. Refused credentials concern more than tags. */
function nullWhenRefused(error: unknown): null {
  if (areCredentialsRefused(error)) throw error
  if (error instanceof AppError && (error.code === 'rejected' || error.code === 'not_found')) return null
  throw error
}
