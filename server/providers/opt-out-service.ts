import type { CarrierName, ProviderName } from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import type { CarrierContacts } from './carrier-contacts.ts'
import { carrierTitles } from './connection-words.ts'
import type { OptOutRepository } from './opt-out-repository.ts'
import type { ProviderAdapter } from './provider-adapter.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'

/** Words that end texting, alone in a text, in any case. */
const stopWords: ReadonlySet<string> = new Set(['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit'])
const startWords: ReadonlySet<string> = new Set(['start', 'yes', 'unstop'])

/** What a text says about texting; spaces do not count. */
export function wishIn(text: string): 'stop' | 'start' | undefined {
  const word = text.replaceAll(/\s/g, '').toLowerCase()
  if (stopWords.has(word)) return 'stop'
  return startWords.has(word) ? 'start' : undefined
}

export type OptOutService = ReturnType<typeof createOptOutService>

/**
 * Who wants no texts, as they say it by text or their system tells it: the local list and the do-not-disturb of their
 * contacts follow. Each is changed only where it differs, so that what comes back of a change of ours ends there.
 * Phones are E.164.
 */
export function createOptOutService(parts: {
  optOuts: OptOutRepository
  contacts: CarrierContacts
  connections: Pick<ProviderConnectionRepository, 'find' | 'setOptOutCursor'>
  adapterOf: (connection: StoredConnection) => ProviderAdapter
  readPhone: (locationId: string, phone: string) => Promise<string | undefined>
  optOutHappened: (locationId: string, contactId: string) => Promise<void>
  troubled: (connection: StoredConnection, error: unknown) => Promise<boolean>
  now: () => number
}) {
  const { optOuts, contacts, connections, adapterOf, now } = parts

  /** @returns why this number is not texted, in words */
  async function objectionTo(locationId: string, phone: string): Promise<string | undefined> {
    const known = await optOuts.find(locationId, phone)
    return known?.isOptedOut ? objections[known.source] : undefined
  }

  /**
   * The list first: from then on nobody is texted, whatever becomes of the rest, which is safe to repeat.
   * @param at when they said so; what they said later stands
   */
  async function optedOut(locationId: string, phone: string, source: CarrierName, at: Date): Promise<void> {
    const known = await optOuts.find(locationId, phone)
    if (known && !known.isOptedOut && known.at > at) return
    // What a person asked for outlives a do-not-disturb of the CRM.
    if (!known?.isOptedOut || known.source === 'crm') {
      const since = known && known.at > at ? known.at : at
      await optOuts.set(locationId, phone, { source, isOptedOut: true, at: since })
    }
    const message = `Opted out by text (${carrierTitles[source]})`
    const set = await contacts.setDnd(locationId, phone, message, (contactId) =>
      optOuts.noteDnd(locationId, phone, contactId),
    )
    for (const contactId of set) await parts.optOutHappened(locationId, contactId)
  }

  /** Lifts only what this system's texts brought about: a do-not-disturb that a person set stays theirs. */
  async function optedIn(locationId: string, phone: string, source: CarrierName, at: Date): Promise<void> {
    const known = await optOuts.find(locationId, phone)
    if (!known?.isOptedOut || known.source !== source || known.at > at) return
    if (await isBlockedThere(locationId, phone, source)) return
    await contacts.liftDnd(locationId, known.dndContactIds, `Opted in by text (${carrierTitles[source]})`)
    await optOuts.set(locationId, phone, { source, isOptedOut: false, at })
  }

  /** A system that keeps its blocks for good goes on to refuse, and to bill, until its people take the number off. */
  async function isBlockedThere(locationId: string, phone: string, carrier: CarrierName): Promise<boolean> {
    const connection = await connections.find(locationId, carrier)
    if (!connection) return true
    const adapter = adapterOf(connection)
    if (adapter.capabilities.has('optOutUndo')) return false
    if (!adapter.capabilities.has('optOutRead')) return true
    return (await adapter.listOptOuts(null)).phones.includes(phone)
  }

  /** Reads the system's own list on from where it was left. */
  async function readList(locationId: string, carrier: CarrierName): Promise<void> {
    const connection = await connections.find(locationId, carrier)
    if (connection?.status !== 'active') return
    const adapter = adapterOf(connection)
    if (!adapter.capabilities.has('optOutRead')) return
    try {
      const { phones, cursor } = await adapter.listOptOuts(connection.optOutCursor)
      for (const phone of phones) {
        if ((await objectionTo(locationId, phone)) !== undefined) continue
        await optedOut(locationId, phone, carrier, new Date(now()))
      }
      await connections.setOptOutCursor(connection.id, cursor)
    } catch (error) {
      if (!(await parts.troubled(connection, error))) throw error
    }
  }

  /**
   * What the CRM set itself is seen on the contact. So is what came of a system that is not connected any more: nobody
   * can take it back by text there, so do-not-disturb alone counts.
   * @throws {AppError} `dnd_active` for a number that is opted out
   */
  async function assertNotOptedOut(locationId: string, phone: string): Promise<void> {
    const number = await parts.readPhone(locationId, phone)
    const known = number === undefined ? undefined : await optOuts.find(locationId, number)
    if (!known?.isOptedOut || known.source === 'crm') return
    if (!(await connections.find(locationId, known.source))) return
    throw new AppError('dnd_active', objections[known.source])
  }

  return { objectionTo, optedOut, optedIn, readList, assertNotOptedOut }
}

const objections: Readonly<Record<ProviderName, string>> = {
  crm: 'Do-not-disturb was set in the CRM for a contact with this number. Nothing was sent. Switch it off there to text again.',
  heymarket:
    'This person asked not to be texted (STOP). Nothing was sent. They can text START to be texted again.',
  bulksms:
    'This person asked not to be texted (STOP), or BulkSMS blocks the number. Nothing was sent. Once BulkSMS has taken it off its block list, they can text START.',
}
