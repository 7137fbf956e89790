import type {
  SyncFieldChange,
  SyncOrigin,
  SyncReason,
  SyncSettings,
  SyncSide,
} from '../../shared/sync-contract.ts'
import type { DuplicateProposal } from './contact-matching.ts'
import type { SyncLinkRepository } from './sync-link-repository.ts'
import type { SyncPort } from './sync-side.ts'

export type SyncSidesOf = Record<SyncSide, SyncPort>

export type OpenSides = SyncSidesOf & {
  /** Whether the other system is still connected as it was. */
  isOpen: () => Promise<boolean>
}

/** One contact to be brought in step; one id is enough. */
export type PairTask = {
  locationId: string
  crmContactId: string | null
  providerContactId: string | null
  origin: SyncOrigin
}

export type PairIds = { crmContactId: string | null; providerContactId: string | null }

/** What became of it; `same`: nothing had to be written. */
export type PairOutcome = PairIds &
  (
    | { kind: 'same' }
    | { kind: 'create' | 'update'; target: SyncSide | null; changes: SyncFieldChange[]; isConflict: boolean }
    | { kind: 'skip'; reason: SyncReason }
    | { kind: 'duplicate'; proposal: DuplicateProposal }
  )

export type PairSyncParts = { links: SyncLinkRepository; sides: SyncSidesOf; settings: SyncSettings }

export const otherSide = (side: SyncSide): SyncSide => (side === 'crm' ? 'provider' : 'crm')
