import { z } from 'zod'
import { askHeymarket, nullWhenUnknown, rejectionReason } from './heymarket-http.ts'
import { heymarketPageSize, writtenSchema } from './heymarket-records.ts'
import type { ProviderHttp } from './provider-http.ts'

const customFieldsSchema = z.array(z.object({ id: z.int(), title: z.string() }))
const tagsSchema = z.array(z.object({ id: z.int(), tag: z.string(), updated: z.string() }))

/** What contacts refer to by id. */
export function createHeymarketTags(http: ProviderHttp) {
  const read = <Schema extends z.ZodType>(path: string, body: object, schema: Schema) =>
    askHeymarket(http, { method: 'POST', path, body, effect: 'read' }, schema)

  return {
    customFields: () => read('/v1/contact-fields', {}, customFieldsSchema),

    async tags(): Promise<{ id: number; name: string }[]> {
      const names = new Map<number, string>()
      let date: string | undefined
      for (;;) {
        const page = await read('/v1/tags', date === undefined ? {} : { date }, tagsSchema)
        const fresh = page.filter(({ id }) => !names.has(id))
        for (const { id, tag } of fresh) names.set(id, tag)
        date = page.at(-1)?.updated
        if (fresh.length === 0 || page.length < heymarketPageSize) break
      }
      return [...names].map(([id, name]) => ({ id, name }))
    },

    /** @returns its id; null where the account may not create tags by its API: they are made by hand then */
    async createTag(name: string): Promise<number | null> {
      const body = { tag: name, color: '#2f80ed' }
      const call = { method: 'POST' as const, path: '/v1/tag', body, effect: 'write' as const }
      return askHeymarket(http, call, writtenSchema).then(({ id }) => id, nullWhenNotOffered)
    },
  }
}

/** Creating tags is in an older text of its documents only. */
function nullWhenNotOffered(error: unknown): null {
  return rejectionReason(error) === 'not_allowed' ? null : nullWhenUnknown(error)
}
