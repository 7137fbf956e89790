import type { EndpointParts } from './endpoint.ts'
import type { MessageCarrier } from './message-carrier.ts'
import { replyTexts } from './seed/seed-texts.ts'
import type { SandboxContact } from './state.ts'

/** Contacts that answer the texts of the location's own numbers, so that a demo lives. */
export type ReplyBot = {
  /** @returns the id of the message */
  replyNow(contactId: string, body?: string): string
}

export function createReplyBot(parts: EndpointParts & { carrier: MessageCarrier }): ReplyBot {
  const { state, random, behaviour, scheduler, carrier } = parts

  const reply = (contact: SandboxContact, body: string = random.pick(replyTexts)) =>
    carrier.receive(contact, body).id

  carrier.onDelivered(({ contactId, direction, conversationProviderId }) => {
    const contact = state.contacts.find(({ id }) => id === contactId)
    if (!contact || direction !== 'outbound' || conversationProviderId !== null) return
    if (behaviour.replies === 'off' || !random.chance(0.6)) return
    scheduler.after(behaviour.replyDelayMs, () => reply(contact), { settles: false })
  })

  return {
    replyNow(contactId, body) {
      const contact = state.contacts.find(({ id }) => id === contactId)
      if (!contact) throw new Error('No such contact')
      return reply(contact, body)
    },
  }
}
