import { z } from 'zod'
import type { CarrierName } from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import type { CarrierContacts } from './carrier-contacts.ts'
import { carrierTitles } from './connection-words.ts'
import type { OptOutRepository } from './opt-out-repository.ts'
import { isInternational, toE164 } from './phone-rules.ts'
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

const dndSetting = z
  .object({ status: z.string().nullish().catch(null) })
  .nullish()
  .catch(null)
const dndEventSchema = z.object({
  id: z.string().min(1),
  phone: z.string().nullish().catch(null),
  dnd: z.boolean().nullish().catch(null),
  dndSettings: z.object({ SMS: dndSetting }).nullish().catch(null),
})

export type OptOutService = ReturnType<typeof createOptOutService>

/**
 * Who wants no texts: the local list, the contact's do-not-disturb and the systems' own lists are kept in step. Each is
 * changed only where it differs, so that what comes back of a change of ours ends there.
 */
export function createOptOutService(parts: {
  optOuts: OptOutRepository
  contacts: CarrierContacts
  connections: Pick<ProviderConnectionRepository, 'listOf' | 'find' | 'setOptOutCursor'>
  adapterOf: (connection: StoredConnection) => ProviderAdapter
  countryOf: (locationId: string) => Promise<string | null>
  optOutHappened: (locationId: string, contactId: string) => Promise<void>
  troubled: (connection: StoredConnection, error: unknown) => Promise<boolean>
  now: () => number
}) {
  const { optOuts, contacts, connections, adapterOf, now } = parts

  async function readPhone(locationId: string, phone: string): Promise<string | undefined> {
    return toE164(phone, isInternational(phone) ? null : await parts.countryOf(locationId))
  }

  async function isOptedOut(locationId: string, phone: string): Promise<boolean> {
    return (await optOuts.find(locationId, phone))?.isOptedOut ?? false
  }

  /** The list first: from then on nobody is texted, whatever becomes of the rest, which is safe to repeat. */
  async function optedOut(locationId: string, phone: string, source: CarrierName): Promise<void> {
    const at = new Date(now())
    const known = await optOuts.find(locationId, phone)
    if (!known?.isOptedOut) await optOuts.set(locationId, phone, { source, isOptedOut: true, at })
    const message = `Opted out by text (${carrierTitles[source]})`
    const changed = await contacts.setDnd(locationId, phone, { isActive: true, message })
    for (const contactId of changed) await parts.optOutHappened(locationId, contactId)
  }

  /** Lifts only what this system set: a do-not-disturb of the CRM is its people's. */
  async function optedIn(locationId: string, phone: string, source: CarrierName): Promise<void> {
    const known = await optOuts.find(locationId, phone)
    if (!known?.isOptedOut || known.source !== source) return
    const message = `Opted in by text (${carrierTitles[source]})`
    await contacts.setDnd(locationId, phone, { isActive: false, message })
    await optOuts.set(locationId, phone, { source, isOptedOut: false, at: new Date(now()) })
  }

  async function setInCrm(locationId: string, phone: string, at: Date): Promise<void> {
    const known = await optOuts.find(locationId, phone)
    // The same event once more goes on where it stopped; a later one that says the same changes nothing.
    const isKnown = known?.isOptedOut === true && (known.source !== 'crm' || known.at < at)
    if (isKnown || (known && known.at > at)) return
    await optOuts.set(locationId, phone, { source: 'crm', isOptedOut: true, at })
    for (const connection of await activeOf(locationId)) {
      const adapter = adapterOf(connection)
      if (adapter.capabilities.has('optOutWrite')) await adapter.optOut(phone)
    }
  }

  /** What a system blocks for good, it goes on to refuse, and to bill: such a number stays on the list. */
  async function liftedInCrm(locationId: string, phone: string, at: Date): Promise<void> {
    const known = await optOuts.find(locationId, phone)
    if (!known?.isOptedOut || known.source !== 'crm' || known.at > at) return
    const writable = (await activeOf(locationId))
      .map(adapterOf)
      .filter(({ capabilities }) => capabilities.has('optOutWrite'))
    const forGood = writable.find(({ capabilities }) => !capabilities.has('optOutUndo'))
    for (const adapter of writable) if (adapter.capabilities.has('optOutUndo')) await adapter.optIn(phone)
    await optOuts.set(locationId, phone, {
      source: forGood?.name ?? 'crm',
      isOptedOut: forGood !== undefined,
      at,
    })
  }

  const activeOf = async (locationId: string) =>
    (await connections.listOf(locationId)).filter(({ status }) => status === 'active')

  /** A `ContactDndUpdate` of the CRM. */
  async function dndChanged(locationId: string, payload: unknown, at: Date): Promise<void> {
    const parsed = dndEventSchema.safeParse(payload)
    const phone = parsed.data?.phone ? await readPhone(locationId, parsed.data.phone) : undefined
    if (!parsed.success || phone === undefined) return
    const status = parsed.data.dndSettings?.SMS?.status ?? 'inactive'
    if (parsed.data.dnd === true || status !== 'inactive') await setInCrm(locationId, phone, at)
    else await liftedInCrm(locationId, phone, at)
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
        if (!(await isOptedOut(locationId, phone))) await optedOut(locationId, phone, carrier)
      }
      await connections.setOptOutCursor(connection.id, cursor)
    } catch (error) {
      if (!(await parts.troubled(connection, error))) throw error
    }
  }

  /**
   * What the CRM set itself is seen on the contact.
   * @throws {AppError} `dnd_active` for a number that is opted out
   */
  async function assertNotOptedOut(locationId: string, phone: string): Promise<void> {
    const number = await readPhone(locationId, phone)
    const known = number === undefined ? undefined : await optOuts.find(locationId, number)
    if (!known?.isOptedOut || known.source === 'crm') return
    throw new AppError('dnd_active', 'This person asked not to be texted (STOP). Nothing was sent.')
  }

  return { readPhone, isOptedOut, optedOut, optedIn, dndChanged, readList, assertNotOptedOut }
}
