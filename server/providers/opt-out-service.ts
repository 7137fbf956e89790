import type { CarrierName } from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import type { CarrierContacts } from './carrier-contacts.ts'
import { carrierTitles } from './connection-words.ts'
import type { OptOut, OptOutRepository } from './opt-out-repository.ts'
import { objectionFromBefore, objections } from './opt-out-words.ts'
import type { ProviderAdapter } from './provider-adapter.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'

export type OptOutService = ReturnType<typeof createOptOutService>

/**
 * Who wants no texts, as they say it by text or their system tells it: the local list and the do-not-disturb of their
 * contacts follow. Each is changed only where it differs, so that what comes back of a change of ours ends there.
 * Phones are E.164.
 */
export function createOptOutService(parts: {
  optOuts: OptOutRepository
  contacts: CarrierContacts
  connections: Pick<ProviderConnectionRepository, 'find' | 'chosen' | 'setOptOutCursor'>
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
    if (!known?.isOptedOut) return undefined
    const { source } = known
    return source === 'crm' || (await isConnected(locationId, source))
      ? objections[source]
      : objectionFromBefore(source)
  }

  const isConnected = async (locationId: string, carrier: CarrierName): Promise<boolean> =>
    (await connections.find(locationId, carrier)) !== undefined

  /**
   * As the person's own text says, which outlives a do-not-disturb of the CRM.
   * The list first: from then on nobody is texted, whatever becomes of the rest, which is safe to repeat.
   * @param at when they said so; what they said later stands
   */
  async function saidStop(locationId: string, phone: string, source: CarrierName, at: Date): Promise<void> {
    const known = await optOuts.find(locationId, phone)
    if (known && !known.isOptedOut && known.at > at) return
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

  /** As a system tells, which was told of a do-not-disturb of the CRM itself: that stays the CRM's to lift. */
  async function optedOut(locationId: string, phone: string, source: CarrierName, at: Date): Promise<void> {
    const known = await optOuts.find(locationId, phone)
    if (known?.isOptedOut && known.source === 'crm') return
    await saidStop(locationId, phone, source, at)
  }

  /**
   * As the person's own text says. Lifts what this system's texts brought about, and those of one that is not connected
   * any more: a do-not-disturb that a person of the CRM set stays theirs.
   */
  async function saidStart(locationId: string, phone: string, carrier: CarrierName, at: Date): Promise<void> {
    const known = await optOuts.find(locationId, phone)
    if (!known?.isOptedOut || known.source === 'crm') return
    if (known.source !== carrier && (await isConnected(locationId, known.source))) return
    await lift(known, carrier, at)
  }

  /** As a system tells: lifts what came of itself. */
  async function optedIn(locationId: string, phone: string, source: CarrierName, at: Date): Promise<void> {
    const known = await optOuts.find(locationId, phone)
    if (known?.isOptedOut && known.source === source) await lift(known, source, at)
  }

  async function lift(known: OptOut, carrier: CarrierName, at: Date): Promise<void> {
    const { locationId, phone, dndContactIds } = known
    if (known.at > at || (await isBlockedThere(locationId, phone, carrier))) return
    await contacts.liftDnd(locationId, dndContactIds, `Opted in by text (${carrierTitles[carrier]})`)
    await optOuts.set(locationId, phone, { source: carrier, isOptedOut: false, at })
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
        if ((await optOuts.find(locationId, phone))?.isOptedOut) continue
        await optedOut(locationId, phone, carrier, new Date(now()))
      }
      await connections.setOptOutCursor(connection.id, cursor)
    } catch (error) {
      if (!(await parts.troubled(connection, error))) throw error
    }
  }

  /**
   * What the CRM set itself is seen on the contact. So is, for texts that the CRM carries, what came of a system that is
   * not connected any more: nobody can take it back by text there, so do-not-disturb alone counts.
   * @throws {AppError} `dnd_active` for a number that is opted out
   */
  async function assertNotOptedOut(locationId: string, phone: string): Promise<void> {
    const number = await parts.readPhone(locationId, phone)
    const known = number === undefined ? undefined : await optOuts.find(locationId, number)
    if (!known?.isOptedOut || known.source === 'crm') return
    if (await isConnected(locationId, known.source))
      throw new AppError('dnd_active', objections[known.source])
    if ((await connections.chosen(locationId)) !== 'crm')
      throw new AppError('dnd_active', objectionFromBefore(known.source))
  }

  return {
    objectionTo,
    saidStop,
    optedOut,
    saidStart,
    optedIn,
    readList,
    hasAny: optOuts.hasAny,
    assertNotOptedOut,
  }
}
