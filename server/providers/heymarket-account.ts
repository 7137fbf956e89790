import { z } from 'zod'
import type { ProviderAccount } from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import { askHeymarket, rejectionReason } from './heymarket-http.ts'
import { phoneFromHeymarket } from './heymarket-records.ts'
import type { ProviderHttp } from './provider-http.ts'

const inboxSchema = z.object({
  id: z.int(),
  name: z.string(),
  phone: z.string().nullish().catch(null),
  members: z.array(z.int()).nullish().catch(null),
})

/** The reference has a bare array, an older guide an object around it. */
const inboxesSchema = z
  .union([z.array(inboxSchema), z.object({ inboxes: z.array(inboxSchema) })])
  .transform((answer) => (Array.isArray(answer) ? answer : answer.inboxes))

const teamSchema = z.object({
  name: z.string(),
  members: z.array(z.object({ id: z.int(), name: z.string() })),
})

/** Whoever may read the inboxes holds an API secret; it is the team's, not a member's. */
export async function readHeymarketAccount(http: ProviderHttp): Promise<ProviderAccount> {
  const read = <Schema extends z.ZodType>(path: string, schema: Schema) =>
    askHeymarket(http, { method: 'GET', path, effect: 'read' }, schema)
  try {
    const inboxes = await read('/v1/inboxes', inboxesSchema)
    const team = await read('/v1/team', teamSchema)
    const nameOf = new Map(team.members.map(({ id, name }) => [id, name]))
    return {
      name: team.name,
      credits: null,
      inboxes: inboxes.map(({ id, name, phone, members }) => ({
        id,
        name,
        phone: phoneFromHeymarket(phone ?? ''),
        members: (members ?? []).map((member) => ({
          id: member,
          name: nameOf.get(member) ?? `Member ${member}`,
        })),
      })),
      senders: [],
    }
  } catch (error) {
    if (rejectionReason(error) !== 'not_allowed') throw error
    throw new AppError(
      'rejected',
      'Heymarket does not open its API to this account. Ask Heymarket to switch it on.',
      { cause: error },
    )
  }
}
