import { z } from 'zod'
import { askHeymarket, nullWhenUnknown } from './heymarket-http.ts'
import { heymarketMessageSchema, phoneToHeymarket } from './heymarket-records.ts'
import type { HeymarketSender } from './heymarket-sending.ts'
import type { ProviderHttp } from './provider-http.ts'

/** The nearest thing to writing a note: comments that the team alone sees, in a conversation that exists. */
export function createHeymarketComments(http: ProviderHttp, sender: HeymarketSender | undefined) {
  return {
    /** The conversation with a phone in an inbox, by its newest message; null where there is none yet. */
    async findChat({ phone, inboxId }: { phone: string; inboxId: number }): Promise<number | null> {
      const query = { phoneNumber: phoneToHeymarket(phone), inboxID: inboxId }
      const call = { method: 'GET' as const, path: '/v1/messages', query, effect: 'read' as const }
      const messages = await askHeymarket(http, call, z.array(heymarketMessageSchema)).catch(nullWhenUnknown)
      return messages?.find(({ conversation }) => conversation)?.conversation?.id ?? null
    },

    /**
     * @param comment.localId ours, the same at each try; a repeat is not known to be dropped
     * @returns the id of its message
     */
    async addComment(comment: { chatId: number; text: string; localId: string }): Promise<string> {
      if (!sender) throw new Error('Comments need a sender')
      const body = {
        inbox_id: sender.inboxId,
        creator_id: sender.creatorId,
        chat_id: comment.chatId,
        text: comment.text,
        local_id: comment.localId,
        private: true,
      }
      const call = { method: 'POST' as const, path: '/v1/message/send', body, effect: 'write' as const }
      return (await askHeymarket(http, call, heymarketMessageSchema)).id
    },
  }
}
