import type { ProviderName } from '../../shared/provider-contract.ts'
import { BoundedMap } from '../bounded-map.ts'
import { carrierBroken } from './connection-words.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'

/** What bounds how long a change stays unseen whose notification was lost. */
const maxAgeMs = 5_000
const maxLocations = 5_000

/** How the CRM is to be asked for a text, so that the chosen system carries it. */
export type Carriage = {
  provider: ProviderName
  /** Null: the texts of the location's default provider. */
  conversationProviderId: string | null
}

type Known = Carriage & { brokenBecause: string | null; isBroken: boolean }

export type TextCarriage = ReturnType<typeof createTextCarriage>

/** Who carries a location's texts, as last read; whoever changes it tells all processes, which then forget it. */
export function createTextCarriage(parts: { read: Pick<ProviderConnectionRepository, 'chosen' | 'find'> }) {
  const { read } = parts
  const kept = new BoundedMap<string, { known: Known; until: number }>(maxLocations)
  const loads = new Map<string, Promise<Known>>()

  async function ask(locationId: string): Promise<Known> {
    const provider = await read.chosen(locationId)
    const connection = provider === 'crm' ? undefined : await read.find(locationId, provider)
    return {
      provider: connection?.carrier ?? 'crm',
      conversationProviderId: connection?.settings.conversationProviderId ?? null,
      isBroken: connection?.status === 'broken',
      brokenBecause: connection?.lastErrorMessage ?? null,
    }
  }

  async function load(locationId: string): Promise<Known> {
    const until = performance.now() + maxAgeMs
    const loading = ask(locationId)
    loads.set(locationId, loading)
    try {
      const known = await loading
      // A change during the read has taken the load out: it may have read what was before.
      if (loads.get(locationId) === loading) kept.set(locationId, { known, until })
      return known
    } finally {
      if (loads.get(locationId) === loading) loads.delete(locationId)
    }
  }

  function recent(locationId: string): Promise<Known> {
    const found = kept.get(locationId)
    if (found && found.until > performance.now()) return Promise.resolve(found.known)
    return loads.get(locationId) ?? load(locationId)
  }

  return {
    /** @throws {AppError} `rejected` where the chosen system would not take the text, with what to do */
    async of(locationId: string): Promise<Carriage> {
      const { provider, conversationProviderId, isBroken, brokenBecause } = await recent(locationId)
      if (provider !== 'crm' && isBroken) throw carrierBroken(provider, brokenBecause)
      return { provider, conversationProviderId }
    },

    forget(locationId: string): void {
      kept.delete(locationId)
      loads.delete(locationId)
    },

    forgetAll(): void {
      kept.clear()
      loads.clear()
    },
  }
}
