import { z } from 'zod'
import { AppError } from '../errors.ts'
import { askHeymarket } from './heymarket-http.ts'
import { phoneToHeymarket } from './heymarket-records.ts'
import type { ProviderHttp } from './provider-http.ts'

/** It answers a bare text. */
const anyAnswer = z.unknown()

/** @returns whether the number is known there */
async function setStatus(
  http: ProviderHttp,
  phone: string,
  status: 'subscribed' | 'unsubscribed',
): Promise<boolean> {
  const body = { phone: phoneToHeymarket(phone), status }
  const call = { method: 'POST' as const, path: '/v1/contact/set_status', body, effect: 'write' as const }
  try {
    await askHeymarket(http, call, anyAnswer)
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return false
    throw error
  }
}

/** A number that is unknown there becomes a contact that is opted out, so that nobody texts it from Heymarket either. */
export async function optOutOfHeymarket(http: ProviderHttp, phone: string): Promise<void> {
  if (await setStatus(http, phone, 'unsubscribed')) return
  const body = { phone: phoneToHeymarket(phone), is_opted_out: true }
  await askHeymarket(http, { method: 'POST', path: '/v1/contact', body, effect: 'write' }, anyAnswer)
}

/** A number that is unknown there is not opted out. */
export async function optInToHeymarket(http: ProviderHttp, phone: string): Promise<void> {
  await setStatus(http, phone, 'subscribed')
}
