import { z } from 'zod'
import { readDate } from './heymarket-contact-endpoints.ts'
import { type HeymarketEndpoint, type HeymarketEndpointParts, newestFrom } from './heymarket-endpoint.ts'
import { HeymarketRefusal, readBody } from './heymarket-gate.ts'

const dateSchema = z.strictObject({ date: z.string().optional() })
const tagBodySchema = z.strictObject({ tag: z.string().min(1), color: z.string().min(1) })

export function createHeymarketTeamEndpoints(parts: HeymarketEndpointParts): HeymarketEndpoint[] {
  const { state, stamps, behaviour } = parts

  function createTag(body: unknown) {
    if (!behaviour.allowsNewTags) throw new HeymarketRefusal(403, { reason: 'forbidden' })
    const { tag, color } = readBody(tagBodySchema, body)
    const at = stamps.next()
    const made = { id: state.nextId(), tag, color, team_id: state.team.id, created: at, updated: at, rev: 1 }
    state.tags.push(made)
    return { id: made.id, rev: 1, uuid: `tag-${made.id}` }
  }

  return [
    {
      method: 'GET',
      path: '/v1/inboxes',
      handle: () => (behaviour.wrapsInboxes ? { inboxes: state.inboxes } : state.inboxes),
    },
    { method: 'GET', path: '/v1/team', handle: () => state.team },
    {
      method: 'POST',
      path: '/v1/tags',
      handle: ({ body }) => newestFrom(state.tags, readDate(readBody(dateSchema, body).date), behaviour),
    },
    { method: 'POST', path: '/v1/tag', handle: ({ body }) => createTag(body) },
  ]
}
