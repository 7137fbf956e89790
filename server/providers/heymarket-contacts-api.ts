import { z } from 'zod'
import { AppError } from '../errors.ts'
import { createHeymarketComments } from './heymarket-comments.ts'
import {
  contactBody,
  type HeymarketContact,
  type HeymarketContactFields,
  heymarketContactSchema,
  maxHeymarketTags,
  mergedFields,
} from './heymarket-contact-records.ts'
import { askHeymarket, nullWhenUnknown } from './heymarket-http.ts'
import { heymarketPageSize, phoneToHeymarket, writtenSchema } from './heymarket-records.ts'
import type { HeymarketSender } from './heymarket-sending.ts'
import { createHeymarketTags } from './heymarket-tags.ts'
import type { ProviderHttp } from './provider-http.ts'

export type HeymarketContactsApi = ReturnType<typeof createHeymarketContactsApi>

export type HeymarketContactPage = {
  /** Newest change first. */
  contacts: HeymarketContact[]
  /**
   * For the next page; null at the end. The last contact of a page may come again as the first of the next: a reader
   * tells them by id, and stops when a page brings none that is new.
   */
  nextUpdatedBefore: string | null
}

/**
 * Heymarket's contacts, for the sync. It takes 500 calls a minute from an account: whoever calls keeps that pace.
 * All throw the errors of `askHeymarket`.
 * @param parts.sender who writes comments, and in which inbox
 */
export function createHeymarketContactsApi({
  http,
  sender,
}: {
  http: ProviderHttp
  sender?: HeymarketSender
}) {
  return {
    ...createContactCalls(http),
    ...createHeymarketTags(http),
    ...createHeymarketComments(http, sender),
  }
}

function createContactCalls(http: ProviderHttp) {
  const get = (id: number): Promise<HeymarketContact> =>
    askHeymarket(http, { method: 'GET', path: `/v1/contact/${id}`, effect: 'read' }, heymarketContactSchema)

  return {
    get,

    async list(query: { updatedBefore?: string } = {}): Promise<HeymarketContactPage> {
      const body = query.updatedBefore === undefined ? {} : { date: query.updatedBefore }
      const call = { method: 'POST' as const, path: '/v1/contacts', body, effect: 'read' as const }
      const contacts = await askHeymarket(http, call, z.array(heymarketContactSchema))
      const last = contacts.length < heymarketPageSize ? undefined : contacts.at(-1)
      return { contacts, nextUpdatedBefore: last?.updatedAt ?? null }
    },

    /** @param phone E.164 */
    async findByPhone(phone: string): Promise<HeymarketContact | null> {
      const body = { phone: phoneToHeymarket(phone) }
      const call = { method: 'POST' as const, path: '/v1/contact/get', body, effect: 'read' as const }
      return askHeymarket(http, call, heymarketContactSchema.nullable()).catch(nullWhenUnknown)
    },

    /** What it does for a phone that is known is not documented: look with `findByPhone` first. @returns its id */
    async create(fields: HeymarketContactFields): Promise<number> {
      checkFields(fields)
      const body = contactBody(fields)
      const call = { method: 'POST' as const, path: '/v1/contact', body, effect: 'write' as const }
      return (await askHeymarket(http, call, writtenSchema)).id
    },

    /**
     * Reads the contact, merges, writes (two calls): names and tags that are not named stay. Of custom fields only
     * those named change. @throws {AppError} `no_phone` for a contact of another channel. @returns the contact as it was read before
     */
    async update(id: number, changes: Partial<HeymarketContactFields>): Promise<HeymarketContact> {
      checkFields(changes)
      const known = await get(id)
      if (known.phone === null && changes.phone === undefined) throw noPhone()
      const body = contactBody(mergedFields(known, changes))
      const call = { method: 'PUT' as const, path: `/v1/contact/${id}`, query: { overwrite: false }, body }
      await askHeymarket(http, { ...call, effect: 'write' }, writtenSchema)
      return known
    },
  }
}

const noPhone = () =>
  new AppError('no_phone', 'Heymarket changes no contact without a phone number through its API.')

/** @throws {AppError} `validation` for what Heymarket would drop in silence or refuse */
function checkFields({ custom, tagIds }: Partial<HeymarketContactFields>): void {
  if ((tagIds?.length ?? 0) > maxHeymarketTags) {
    throw new AppError('validation', `Heymarket keeps at most ${maxHeymarketTags} tags of a contact.`)
  }
  if (Object.keys(custom ?? {}).some((id) => !/^\d+$/.test(id))) {
    throw new AppError('validation', 'Heymarket takes custom fields by their ids alone.')
  }
}
