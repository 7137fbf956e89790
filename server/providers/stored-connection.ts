import type { BulksmsSettings, HeymarketSettings } from '../../shared/provider-contract.ts'
import type { providerConnections } from '../storage/provider-schema.ts'

/** A stored connection, its settings told apart by `carrier`. Credentials and secret are sealed. */
export type StoredConnection = Omit<typeof providerConnections.$inferSelect, 'carrier' | 'settings'> &
  ({ carrier: 'heymarket'; settings: HeymarketSettings } | { carrier: 'bulksms'; settings: BulksmsSettings })

/** What is wrong with a connection and what to do, in words for an admin. */
export type ConnectionFailure = { message: string; advice: string }
