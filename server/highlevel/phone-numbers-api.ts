import { z } from 'zod'
import { AppError } from '../errors.ts'
import type { HighLevelClient } from './platform-client.ts'
import { flag, text } from './platform-fields.ts'
import { platformPath } from './platform-path.ts'

const version = '2021-07-28'

const phoneNumberSchema = z.object({
  /** E.164. */
  phoneNumber: z.string(),
  friendlyName: text,
  isDefaultNumber: flag,
  capabilities: z.object({ sms: flag }).nullish().catch(null),
})
export type PlatformPhoneNumber = z.infer<typeof phoneNumberSchema>

const numbersAnswer = z.object({ numbers: z.array(phoneNumberSchema).nullish() })

export type PhoneNumbersApi = ReturnType<typeof createPhoneNumbersApi>

/** @see https://marketplace.gohighlevel.com/docs/ghl/phone-system/active-numbers */
export function createPhoneNumbersApi(client: HighLevelClient) {
  return {
    /** The numbers that texts can be sent from; none where no phone system is connected (the platform says 404). */
    async list(locationId: string): Promise<PlatformPhoneNumber[]> {
      try {
        const { numbers } = await client.call({
          owner: { kind: 'location', locationId },
          version,
          method: 'GET',
          path: platformPath`/phone-system/numbers/location/${locationId}`,
          query: { pageSize: 1000, page: 0 },
          answer: numbersAnswer,
        })
        return (numbers ?? []).filter(({ capabilities }) => capabilities?.sms !== false)
      } catch (error) {
        if (error instanceof AppError && error.code === 'not_found') return []
        throw error
      }
    },
  }
}
