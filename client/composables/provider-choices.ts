import type {
  CarrierName,
  CheckProvider,
  ConnectProvider,
  ProviderAccount,
  ProviderConnection,
} from '../../shared/provider-contract.ts'

/** The choices of both systems; each form shows those of its own. */
export type ProviderChoices = {
  inboxId: number | null
  creatorId: number | null
  sender: string | null
  alertEmail: string
  conversationProviderId: string
  createsContacts: boolean
  /** Whether texts go out through it from now on. */
  makesChosen: boolean
}

/** What a connection is set to; what a new one starts from. */
export function choicesOf(connection: ProviderConnection | null): ProviderChoices {
  const settings = connection?.settings
  return {
    inboxId: settings && 'inboxId' in settings ? settings.inboxId : null,
    creatorId: settings && 'creatorId' in settings ? settings.creatorId : null,
    sender: settings && 'sender' in settings ? settings.sender : null,
    alertEmail: settings && 'alertEmail' in settings ? settings.alertEmail : '',
    conversationProviderId: settings?.conversationProviderId ?? '',
    createsContacts: settings?.createsContacts ?? true,
    makesChosen: connection === null,
  }
}

/** Where there is only one thing to choose, it is chosen; what is no longer there is not. */
export function fitChoices(choices: ProviderChoices, account: ProviderAccount): void {
  const inboxes = account.inboxes
  const inbox =
    inboxes.find(({ id }) => id === choices.inboxId) ?? (inboxes.length === 1 ? inboxes[0] : undefined)
  const members = inbox?.members ?? []
  const member =
    members.find(({ id }) => id === choices.creatorId) ?? (members.length === 1 ? members[0] : undefined)
  choices.inboxId = inbox?.id ?? null
  choices.creatorId = member?.id ?? null
  if (choices.sender !== null && !account.senders.includes(choices.sender)) choices.sender = null
}

/** What the server is asked to keep; null while a choice is missing. */
export function toConnectRequest(
  check: CheckProvider | null,
  carrier: CarrierName,
  choices: ProviderChoices,
): ConnectProvider | null {
  const { createsContacts, inboxId, creatorId, sender, alertEmail } = choices
  const common = { conversationProviderId: choices.conversationProviderId.trim() || null, createsContacts }
  if (carrier === 'bulksms') {
    const settings = { ...common, sender, alertEmail: alertEmail.trim() }
    return check?.carrier === 'bulksms'
      ? { carrier, credentials: check.credentials, settings }
      : { carrier, settings }
  }
  if (inboxId === null || creatorId === null) return null
  const settings = { ...common, inboxId, creatorId, webhookToken: null }
  return check?.carrier === 'heymarket'
    ? { carrier, credentials: check.credentials, settings }
    : { carrier, settings }
}
