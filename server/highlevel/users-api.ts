import { z } from 'zod'
import type { HighLevelClient } from './platform-client.ts'
import { cautiousFlag, count, flag, text, texts } from './platform-fields.ts'
import { platformPath } from './platform-path.ts'
import type { TokenOwner } from './token-source.ts'

const version = '2021-07-28'
const pageSize = 100
const maxPages = 50

/** Nobody sees more on a guess. */
const unreadablePermissions = {
  assignedDataOnly: true,
  contactsEnabled: null,
  conversationsEnabled: null,
  tagsEnabled: null,
}

const userSchema = z.object({
  id: z.string(),
  companyId: text,
  name: text,
  firstName: text,
  lastName: text,
  email: text,
  deleted: cautiousFlag,
  roles: z
    .object({
      /** `agency`, or `account` for a user of locations. */
      type: text,
      /** `admin` or `user`. */
      role: text,
      locationIds: texts,
      /** An agency's user who is kept to `locationIds`. */
      restrictSubAccount: cautiousFlag,
    })
    .nullish()
    .catch(null),
  /** What is not told is allowed, as the platform has it. */
  permissions: z
    .object({
      assignedDataOnly: cautiousFlag,
      contactsEnabled: flag,
      conversationsEnabled: flag,
      tagsEnabled: flag,
    })
    .nullish()
    .catch(unreadablePermissions),
})
export type PlatformUser = z.infer<typeof userSchema>

const userAnswer = z.union([userSchema, z.object({ user: userSchema }).transform(({ user }) => user)])
const pageAnswer = z.object({ users: z.array(userSchema).nullish(), count })

export type UsersApi = ReturnType<typeof createUsersApi>

/** @see https://marketplace.gohighlevel.com/docs/ghl/users/users */
export function createUsersApi(client: HighLevelClient) {
  async function page(companyId: string, locationId: string, skip: number) {
    const found = await client.call({
      owner: { kind: 'location', locationId },
      version,
      method: 'GET',
      path: '/users/search',
      query: { companyId, locationId, skip, limit: pageSize },
      answer: pageAnswer,
    })
    return { users: found.users ?? [], total: found.count ?? null }
  }

  return {
    /** With a location's token: its users; with a company's: all of the company, also those of no location. */
    get(owner: TokenOwner, userId: string): Promise<PlatformUser> {
      return client.call({
        owner,
        version,
        method: 'GET',
        path: platformPath`/users/${userId}`,
        answer: userAnswer,
      })
    },

    async listOfLocation(companyId: string, locationId: string): Promise<PlatformUser[]> {
      const byId = new Map<string, PlatformUser>()
      let skip = 0
      for (let pages = 0; pages < maxPages; pages += 1) {
        const { users, total } = await page(companyId, locationId, skip)
        for (const user of users) byId.set(user.id, user)
        skip += users.length
        if (users.length === 0 || (total === null ? users.length < pageSize : skip >= total)) break
      }
      return [...byId.values()]
    },
  }
}
