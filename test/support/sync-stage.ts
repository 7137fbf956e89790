import type { SyncAnswer, SyncRun } from '../../shared/sync-contract.ts'
import type { HeymarketSandbox } from '../sandbox/heymarket/heymarket-sandbox.ts'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { SandboxContact } from '../sandbox/state.ts'

/** What connects the stand-in Heymarket. */
export const heymarketConnection = (heymarket: HeymarketSandbox) => ({
  carrier: 'heymarket',
  credentials: heymarket.credentials(),
  settings: {
    conversationProviderId: seedIds.conversationProvider.ours,
    createsContacts: true,
    inboxId: heymarketIds.inbox.support,
    creatorId: heymarketIds.member.ada,
    webhookToken: null,
  },
})

let made = 0

/** A contact as it may have been in the CRM for long: no webhook tells of it. */
export function addCrmContact(sandbox: Sandbox, fields: Partial<SandboxContact>): SandboxContact {
  made += 1
  const at = new Date(Date.UTC(2026, 0, 1) + made * 1000).toISOString()
  const contact: SandboxContact = {
    id: `conSync${String(made).padStart(13, '0')}`,
    locationId: seedIds.location.main,
    firstName: '',
    lastName: '',
    email: null,
    phone: null,
    companyName: null,
    timezone: null,
    country: null,
    source: null,
    type: 'lead',
    assignedTo: null,
    tags: [],
    dnd: false,
    dndSettings: {},
    customFields: [],
    dateAdded: at,
    dateUpdated: at,
    ...fields,
  }
  sandbox.state.contacts.push(contact)
  return contact
}

export type SyncSeed = {
  same: number
  conflicts: number
  duplicates: number
  onlyCrm: number
  onlyHeymarket: number
}

/** As many contacts on each side: 10 % differ on both, 5 % of the CRM's are there twice, the rest is shared or alone. */
export function seedBothSides(sandbox: Sandbox, heymarket: HeymarketSandbox, count: number): SyncSeed {
  sandbox.state.contacts = []
  const share = (part: number) => Math.round(count * part)
  const seed = {
    conflicts: share(0.1),
    duplicates: share(0.05),
    onlyCrm: share(0.05),
    onlyHeymarket: share(0.1),
    same: count - share(0.1) - 2 * share(0.05) - share(0.05),
  }
  // Twins take two places in the CRM and one over there.
  seed.same = count - seed.conflicts - 2 * seed.duplicates - seed.onlyCrm
  let place = 0
  const next = () => {
    place += 1
    const number = String(place).padStart(5, '0')
    return {
      phone: `+1415${String(2_000_000 + place)}`,
      email: `person${number}@example.com`,
      last: `Person ${number}`,
    }
  }
  const addPair = (crmName: string, heymarketName: string) => {
    const { phone, email, last } = next()
    addCrmContact(sandbox, { phone, email, firstName: crmName, lastName: last })
    heymarket.addContact({
      phone,
      email,
      first: heymarketName,
      last,
      display_name: `${heymarketName} ${last}`,
    })
  }
  for (let one = 0; one < seed.same; one += 1) addPair('Robin', 'Robin')
  for (let one = 0; one < seed.conflicts; one += 1) addPair('Alexander', 'Alex')
  for (let one = 0; one < seed.duplicates; one += 1) {
    const { phone, email, last } = next()
    addCrmContact(sandbox, { phone, email, firstName: 'Kim', lastName: last })
    addCrmContact(sandbox, { phone, email: `twin-${email}`, firstName: 'Kimberly', lastName: last })
    heymarket.addContact({ phone, email, first: 'Kim', last })
  }
  for (let one = 0; one < seed.onlyCrm; one += 1) {
    const { phone, email, last } = next()
    addCrmContact(sandbox, { phone, email, firstName: 'Only', lastName: last })
  }
  seed.onlyHeymarket = count - heymarket.state.contacts.size
  for (let one = 0; one < seed.onlyHeymarket; one += 1) {
    const { phone, email, last } = next()
    heymarket.addContact({ phone, email, first: 'There', last })
  }
  return seed
}

const isWrite = ({ method, path }: { method: string; path: string }, writes: RegExp) =>
  method !== 'GET' && writes.test(`${method} ${path}`)

/** What was written to contacts since the calls were counted last. */
export function createWriteCounter(sandbox: Sandbox, heymarket: HeymarketSandbox) {
  let from = { crm: 0, heymarket: 0 }
  return {
    restart: () => void (from = { crm: sandbox.calls.length, heymarket: heymarket.calls.length }),
    counted: () => ({
      crm: sandbox.calls
        .slice(from.crm)
        .filter((call) =>
          isWrite(call, /^(?:POST \/contacts\/?$|PUT |DELETE |POST \/contacts\/upsert|POST .*\/tags)/),
        ).length,
      heymarket: heymarket.calls
        .slice(from.heymarket)
        .filter((call) =>
          isWrite(call, /^(?:POST \/v1\/contact$|PUT |DELETE |POST \/v1\/tag$|POST \/v1\/message\/send)/),
        ).length,
    }),
    /** Calls that were refused for their pace. */
    refused: () => [...sandbox.calls, ...heymarket.calls].filter(({ status }) => status === 429).length,
  }
}

export const hasEnded = ({ state }: SyncRun): boolean => state !== 'running' && state !== 'paused'

export const lastRunOf = (answer: { body: unknown }): SyncRun => {
  const { lastRun } = answer.body as SyncAnswer
  if (!lastRun) throw new Error('there was no run yet')
  return lastRun
}
