import { z } from 'zod'
import type { OptOutRepository } from './opt-out-repository.ts'
import type { ProviderAdapter } from './provider-adapter.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'

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

/** Do-not-disturb of the CRM, carried to the local list and to the systems that can be told. */
export function createCrmDndService(parts: {
  optOuts: OptOutRepository
  connections: Pick<ProviderConnectionRepository, 'listOf'>
  adapterOf: (connection: StoredConnection) => ProviderAdapter
  readPhone: (locationId: string, phone: string) => Promise<string | undefined>
}) {
  const { optOuts, connections, adapterOf } = parts

  const writableOf = async (locationId: string) =>
    (await connections.listOf(locationId))
      .filter(({ status }) => status === 'active')
      .map(adapterOf)
      .filter(({ capabilities }) => capabilities.has('optOutWrite'))

  async function set(locationId: string, phone: string, at: Date): Promise<void> {
    const known = await optOuts.find(locationId, phone)
    // The same event once more goes on where it stopped; a later one that says the same changes nothing.
    const isKnown = known?.isOptedOut === true && (known.source !== 'crm' || known.at < at)
    if (isKnown || (known && known.at > at)) return
    await optOuts.set(locationId, phone, { source: 'crm', isOptedOut: true, at })
    for (const adapter of await writableOf(locationId)) await adapter.optOut(phone)
  }

  /** What a system blocks for good, it goes on to refuse, and to bill: such a number stays on the list. */
  async function lifted(locationId: string, phone: string, at: Date): Promise<void> {
    const known = await optOuts.find(locationId, phone)
    if (!known?.isOptedOut || known.source !== 'crm' || known.at > at) return
    const writable = await writableOf(locationId)
    const forGood = writable.find(({ capabilities }) => !capabilities.has('optOutUndo'))
    for (const adapter of writable) if (adapter.capabilities.has('optOutUndo')) await adapter.optIn(phone)
    await optOuts.set(locationId, phone, {
      source: forGood?.name ?? 'crm',
      isOptedOut: forGood !== undefined,
      at,
    })
  }

  /** A `ContactDndUpdate`; a person's own wish is stronger than what it says. */
  return async function dndChanged(locationId: string, payload: unknown, at: Date): Promise<void> {
    const parsed = dndEventSchema.safeParse(payload)
    const phone = parsed.data?.phone ? await parts.readPhone(locationId, parsed.data.phone) : undefined
    if (!parsed.success || phone === undefined) return
    const status = parsed.data.dndSettings?.SMS?.status ?? 'inactive'
    if (parsed.data.dnd === true || status !== 'inactive') await set(locationId, phone, at)
    else await lifted(locationId, phone, at)
  }
}
