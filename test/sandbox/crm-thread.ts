import type { ConversationProviders } from './conversation-providers.ts'
import { requireTextable, type MessageCarrier } from './message-carrier.ts'
import { refuse } from './platform-error.ts'
import type { SandboxMessage, SandboxState } from './state.ts'

export type CrmText = { contactId: string; body: string; userId: string; attachments?: string[] }

/**
 * What the composer of the CRM's own conversation page does.
 * @throws {PlatformError} in the platform's words when the contact may not be texted
 */
export type SendFromCrm = (text: CrmText) => SandboxMessage

export function createCrmThread(parts: {
  state: SandboxState
  carrier: Pick<MessageCarrier, 'send'>
  providers: Pick<ConversationProviders, 'carrierOf'>
}): SendFromCrm {
  const { state, carrier, providers } = parts

  return ({ contactId, body, userId, attachments = [] }) => {
    const contact = state.contacts.find(({ id }) => id === contactId)
    if (!contact) throw refuse(400, `Contact with id ${contactId} not found`)
    if (body.trim() === '' && attachments.length === 0)
      throw refuse(400, 'There is no message or attachments for this message.')
    requireTextable(contact)
    const provider = providers.carrierOf(contact.locationId)
    const number = state.phoneNumbers.find(
      ({ locationId, isDefault }) => locationId === contact.locationId && isDefault,
    )
    const from = provider ? null : (number?.phoneNumber ?? null)
    return carrier.send({ contact, body, attachments, from, scheduledTimestamp: null, provider, userId })
  }
}
