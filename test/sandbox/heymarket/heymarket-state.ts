import { randomUUID } from 'node:crypto'
import type { HeymarketStamps } from './heymarket-stamps.ts'

export type HeymarketStoredContact = {
  id: number
  /** Digits without `+`. */
  phone: string
  first: string
  last: string
  display_name: string
  email: string
  /** By the id of the field. */
  custom: Record<string, string>
  tags: { tag_id: number }[]
  note: { id: number; date: string; name: string; text: string; user_id: number }[]
  assigned_user_id: number
  avatar: string
  is_opted_out: boolean
  is_blocked: boolean
  created: string
  updated: string
  rev: number
}

export type HeymarketStoredConversation = {
  id: number
  inbox: number
  /** The other side's number. */
  target: string
  status: string
  /** When the other side last wrote. */
  last_inbound: string | null
  created: string
  updated: string
}

export type HeymarketStoredMessage = {
  id: number
  conversationId: number
  text: string
  type: string
  status: string
  date: string
  updated: string
  phone: string
  target: string
  /** The member who sent it; 0 for what came in. */
  user: number
  media: string
  local_id: string
  isPrivate: boolean
}

export type HeymarketTag = {
  id: number
  tag: string
  color: string
  team_id: number
  created: string
  updated: string
  rev: number
}

export type HeymarketState = {
  /** Whoever signs with one of these is the team. Two at a time may be in force. */
  apiSecrets: { id: string; key: string }[]
  team: {
    id: number
    name: string
    list_size: number
    members: { id: number; name: string; role: string }[]
  }
  inboxes: { id: number; name: string; team: number; members: number[]; phone: string; phones: string[] }[]
  contacts: Map<number, HeymarketStoredContact>
  customFields: { id: number; title: string }[]
  tags: HeymarketTag[]
  conversations: HeymarketStoredConversation[]
  messages: HeymarketStoredMessage[]
  /** As a person types it into Heymarket's settings. */
  webhook: { id: number; url: string; token: string } | null
  nextId(): number
}

/** What the seed is known by. */
export const heymarketIds = {
  inbox: { support: 42, sales: 43 },
  member: { ada: 7, ben: 8, cleo: 9 },
  tag: { lead: 55, customer: 56 },
  customField: { crmId: 123, plan: 124 },
} as const

export function seedHeymarket(stamps: HeymarketStamps): HeymarketState {
  let lastId = 9_980_040
  const { inbox, member, tag, customField } = heymarketIds
  const tagOf = (id: number, name: string): HeymarketTag => {
    const at = stamps.next()
    return { id, tag: name, color: '#2f80ed', team_id: 1, created: at, updated: at, rev: 1 }
  }
  return {
    apiSecrets: [{ id: `secret-${randomUUID()}`, key: `key-${randomUUID()}` }],
    team: {
      id: 1,
      name: 'Lakeside Dental',
      list_size: 1000,
      members: [
        { id: member.ada, name: 'Ada Fox', role: 'owner' },
        { id: member.ben, name: 'Ben Ito', role: 'member' },
        { id: member.cleo, name: 'Cleo Roy', role: 'member' },
      ],
    },
    inboxes: [
      {
        id: inbox.support,
        name: 'Support',
        team: 1,
        members: [member.ada, member.ben],
        phone: '15105550142',
        phones: ['15105550142'],
      },
      {
        id: inbox.sales,
        name: 'Sales',
        team: 1,
        members: [member.cleo],
        phone: '15105550143',
        phones: ['15105550143'],
      },
    ],
    contacts: new Map(),
    customFields: [
      { id: customField.crmId, title: 'CRM id' },
      { id: customField.plan, title: 'Plan' },
    ],
    tags: [tagOf(tag.lead, 'lead'), tagOf(tag.customer, 'customer')],
    conversations: [],
    messages: [],
    webhook: null,
    nextId: () => (lastId += 1),
  }
}
