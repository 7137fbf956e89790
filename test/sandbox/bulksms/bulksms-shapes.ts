import type { BulksmsText, BulksmsWebhook } from './bulksms-state.ts'

/** Its documents warn that properties may be added: readers are to leave them alone. */
const addedLater = { addedLater: { id: null } }

/** As in answers, and in webhooks of the flat shape. */
export function flatShape(text: BulksmsText): Record<string, unknown> {
  const { id, type, from, to, body, encoding, submission, status } = text
  return {
    id,
    type,
    from,
    to,
    body,
    encoding,
    protocolId: 0,
    messageClass: 2,
    submission,
    status: { id: `${status.type}.${status.subtype ?? 'null'}`, type: status.type, subtype: status.subtype },
    ...(type === 'SENT' ? { userSuppliedId: text.userSuppliedId } : {}),
    relatedSentMessageId: text.relatedSentMessageId,
    numberOfParts: text.numberOfParts,
    creditCost: text.creditCost,
    ...addedLater,
  }
}

/** The answer to a submission, where parts and cost have no value yet. That to a repeat looks no different. */
export const submittedShape = (text: BulksmsText): Record<string, unknown> => ({
  ...flatShape({ ...text, status: text.submittedAs }),
  numberOfParts: null,
  creditCost: null,
})

const party = (address: string) => ({
  type: /^\d+$/.test(address) ? 'INTERNATIONAL' : 'ALPHANUMERIC',
  address,
})

/** Of the webhooks' newer page: without `type`, which a header tells. */
export function nestedShape(text: BulksmsText, atMs: number): Record<string, unknown> {
  const { id, type, from, to, body, encoding, submission, status } = text
  const shared = {
    id,
    from: party(from),
    to: party(to),
    body: { value: body, encoding: { type: encoding } },
    submission: { ...submission, interface: 'JSON_REST' },
    ...addedLater,
  }
  if (type === 'RECEIVED') return { ...shared, relatedSentMessageId: text.relatedSentMessageId }
  return {
    ...shared,
    userSuppliedId: text.userSuppliedId,
    status: {
      condition: status.type,
      cause: status.subtype === null ? '' : `The text is ${status.subtype}.`,
      final: status.type === 'DELIVERED' || status.type === 'FAILED',
      date: secondsText(atMs),
    },
  }
}

export const webhookShape = ({ invokeOption: _invokeOption, ...shown }: BulksmsWebhook) => shown

/** `yyyy-MM-ddThh:mm:ssZ` */
export const secondsText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** Ids as they are seen on the wire: 19 digits, no quotes. Quotes inside of words are escaped, so none is mistaken. */
export function wireJson(value: unknown, idsAs: 'numbers' | 'text'): string {
  const json = JSON.stringify(value)
  return idsAs === 'text' ? json : json.replaceAll(/"(id|relatedSentMessageId)":"(\d{16,})"/g, '"$1":$2')
}
