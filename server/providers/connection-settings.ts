import type {
  BulksmsSettings,
  ConnectProvider,
  HeymarketSettings,
  ProviderAccount,
} from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'

/**
 * Holds settings against what the credentials open.
 * @throws {AppError} `validation` naming the setting
 */
export function assertSettingsFit(account: ProviderAccount, connecting: ConnectProvider): void {
  if (connecting.carrier === 'heymarket') assertInbox(account, connecting.settings)
  else assertSender(account, connecting.settings)
}

function assertInbox({ inboxes }: ProviderAccount, { inboxId, creatorId }: HeymarketSettings): void {
  const inbox = inboxes.find(({ id }) => id === inboxId)
  if (!inbox) throw misfit('inboxId', 'This account has no such inbox. Choose one of those that it has.')
  if (!inbox.members.some(({ id }) => id === creatorId)) {
    throw misfit('creatorId', 'This person is not a member of the inbox. Choose one of its members.')
  }
}

/** Numbers are listed without `+`, and people write them with it. */
function assertSender({ senders }: ProviderAccount, { sender }: BulksmsSettings): void {
  const plain = (name: string) => name.trim().replace(/^\+/, '')
  if (sender === null || senders.some((allowed) => plain(allowed) === plain(sender))) return
  throw misfit('sender', 'This sender is not registered on the account. Register it in BulkSMS first.')
}

function misfit(setting: string, message: string): AppError {
  return new AppError('validation', message, { details: [{ path: `settings.${setting}`, message }] })
}
