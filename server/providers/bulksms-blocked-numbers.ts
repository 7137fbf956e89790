import { z } from 'zod'
import { askBulksms } from './bulksms-http.ts'
import { bulksmsId, phoneFromBulksms, phoneToBulksms } from './bulksms-records.ts'
import type { ProviderHttp } from './provider-http.ts'

const pageSize = 10_000
const maxPages = 100

const blockedSchema = z.object({
  id: bulksmsId.pipe(z.string().regex(/^\d{1,30}$/)),
  phoneNumber: z.union([z.string(), z.number()]).transform(String),
})
/** A list by its words, one object by its schema. */
const pageSchema = z.union([z.array(blockedSchema), blockedSchema.transform((one) => [one])])

/** @param cursor the least id to read from: one more than the last that was read */
export async function listBlockedNumbers(http: ProviderHttp, cursor: string | null) {
  const phones = new Set<string>()
  let next = cursor
  for (let page = 0; page < maxPages; page += 1) {
    const query = { 'min-id': next ?? '0', limit: pageSize }
    const blocked = await askBulksms(http, { method: 'GET', path: '/blocked-numbers', query }, pageSchema)
    if (blocked.length === 0) break
    for (const { phoneNumber } of blocked) {
      const phone = phoneFromBulksms(phoneNumber)
      if (phone !== null) phones.add(phone)
    }
    const ids = blocked.map(({ id }) => BigInt(id))
    const last = ids.reduce((high, id) => (id > high ? id : high))
    next = String(last + 1n)
  }
  return { phones: [...phones], cursor: next }
}

/** For good: there is no call that takes a number off. */
export async function blockNumber(http: ProviderHttp, phone: string): Promise<void> {
  const body = [phoneToBulksms(phone)]
  await askBulksms(http, { method: 'POST', path: '/blocked-numbers', body }, z.unknown())
}
