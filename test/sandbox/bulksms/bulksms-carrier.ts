import type { Clock } from '../../support/clock.ts'
import type { Scheduler } from '../scheduler.ts'
import { badRequest, insufficientCredits } from './bulksms-problem.ts'
import { secondsText } from './bulksms-shapes.ts'
import {
  type BulksmsBehaviour,
  bulksmsEndings,
  type BulksmsState,
  type BulksmsStatus,
  type BulksmsText,
  failingNumber,
} from './bulksms-state.ts'
import {
  type BulksmsEntry,
  type BulksmsSubmission,
  encodeText,
  fillPlaceholders,
} from './bulksms-submission.ts'

const unknown: BulksmsStatus = { type: 'UNKNOWN', subtype: null }
const dedupeHoursMs = 12 * 3_600_000
const maxAheadMs = 2 * 365 * 24 * 3_600_000

export type BulksmsCarrier = {
  /** @throws {BulksmsProblem} 400 for one bad entry of many, 403 without credits; nothing is sent then */
  submit(entries: readonly BulksmsEntry[], options: BulksmsSubmission): BulksmsText[]
  /** A text from a phone; STOP blocks the number. */
  receive(phone: string, words: string): BulksmsText
  block(phones: readonly string[]): void
}

const digitsOf = (phone: string) => phone.replace(/^\+/, '')

/** What happens to texts between BulkSMS and the phones. */
export function createBulksmsCarrier(parts: {
  state: BulksmsState
  clock: Clock
  scheduler: Scheduler
  behaviour: BulksmsBehaviour
  tell: (text: BulksmsText) => void
}): BulksmsCarrier {
  const { state, clock, scheduler, behaviour, tell } = parts
  const isBlocked = (phone: string) => state.blocked.some(({ phoneNumber }) => phoneNumber === phone)

  const senderOf = ({ from }: BulksmsEntry): string => {
    if (!from || from.type === 'REPLIABLE') return state.replyNumber
    const address = digitsOf(from.address)
    const { isFullControlAllowed, allowed } = state.senders
    if (!isFullControlAllowed && !allowed.includes(address)) throw badRequest('from: is not allowed')
    return address
  }

  const textsOf = (entry: BulksmsEntry, options: BulksmsSubmission, submissionId: string): BulksmsText[] =>
    entry.to.map(({ address, fields }) => {
      const words = fillPlaceholders(entry.body, fields)
      const { encoding, body, parts: count } = encodeText(words, entry.encoding, options['auto-unicode'])
      if (count > entry.longMessageMaxParts) throw badRequest('body: has more parts than longMessageMaxParts')
      const to = digitsOf(address)
      const dueMs = Math.max(options['schedule-date'] ?? 0, clock.now())
      const status: BulksmsStatus = { type: dueMs > clock.now() ? 'SCHEDULED' : 'ACCEPTED', subtype: null }
      return {
        id: state.nextMessageId(),
        type: 'SENT',
        from: senderOf(entry),
        to,
        body,
        encoding,
        submission: { id: submissionId, date: secondsText(clock.now()) },
        status,
        submittedAs: status,
        userSuppliedId: entry.userSuppliedId ?? null,
        relatedSentMessageId: null,
        numberOfParts: count,
        creditCost: to === failingNumber ? 0 : count,
        isRepliable: !entry.from || entry.from.type === 'REPLIABLE',
        dueMs,
      }
    })

  const setStatus = (text: BulksmsText, type: BulksmsStatus['type'], subtype: BulksmsStatus['subtype']) => {
    text.status = { type, subtype }
    tell(text)
  }

  const leave = (text: BulksmsText) => {
    const { sent, settled } = behaviour.statusDelaysMs
    scheduler.after(sent, () => {
      if (isBlocked(text.to)) return setStatus(text, 'FAILED', 'BLOCKED')
      if (text.to === failingNumber) return setStatus(text, 'FAILED', 'NOT_SENT')
      setStatus(text, 'SENT', null)
      scheduler.after(settled, () => {
        if (text.to.endsWith(bulksmsEndings.silent)) return
        if (text.to.endsWith(bulksmsEndings.expired)) setStatus(text, 'FAILED', 'EXPIRED')
        else if (text.to.endsWith(bulksmsEndings.refused)) setStatus(text, 'FAILED', 'HANDSET_ERROR')
        else setStatus(text, 'DELIVERED', null)
      })
    })
  }

  /** The one that came before with this id, which is answered again; after some 12 hours it is forgotten. */
  const earlier = (dedupeId: number | undefined): BulksmsText[] | undefined => {
    const known = dedupeId === undefined ? undefined : state.submissions.get(dedupeId)
    if (!known || clock.now() - known.atMs >= dedupeHoursMs) return undefined
    return state.messages.filter(({ id }) => known.messageIds.includes(id))
  }

  const block = (phones: readonly string[]) => {
    for (const phoneNumber of phones.map(digitsOf)) {
      if (!isBlocked(phoneNumber)) state.blocked.push({ id: state.nextSmallId(), phoneNumber })
    }
  }

  return {
    submit(entries, options) {
      const dedupeId = options['deduplication-id']
      const repeated = earlier(dedupeId)
      if (repeated) return repeated
      if ((options['schedule-date'] ?? 0) > clock.now() + maxAheadMs)
        throw badRequest('schedule-date: too far')
      const submissionId = state.nextSubmissionId()
      const texts = entries.flatMap((entry) => textsOf(entry, options, submissionId))
      // A text to a blocked number costs as much as any other.
      const cost = texts.reduce((sum, { creditCost }) => sum + (creditCost ?? 0), 0)
      if (cost > state.credits) throw insufficientCredits()
      state.credits -= cost
      state.quota.remaining -= texts.length
      state.messages.push(...texts)
      if (dedupeId !== undefined) {
        state.submissions.set(dedupeId, { atMs: clock.now(), messageIds: texts.map(({ id }) => id) })
      }
      for (const text of texts) {
        if (text.status.type === 'ACCEPTED') leave(text)
        else scheduler.after(text.dueMs - clock.now(), () => leave(text), { settles: false })
      }
      return texts
    },

    receive(phone, words) {
      const from = digitsOf(phone)
      const related = state.messages.findLast(({ type, to, isRepliable }) => {
        return type === 'SENT' && to === from && isRepliable
      })
      const text: BulksmsText = {
        id: state.nextMessageId(),
        type: 'RECEIVED',
        from,
        to: state.replyNumber,
        body: words,
        encoding: 'TEXT',
        submission: { id: state.nextSubmissionId(), date: secondsText(clock.now()) },
        status: unknown,
        submittedAs: unknown,
        userSuppliedId: null,
        relatedSentMessageId: related?.id ?? null,
        numberOfParts: null,
        creditCost: null,
        isRepliable: false,
        dueMs: clock.now(),
      }
      state.messages.push(text)
      if (words.trim().toUpperCase() === 'STOP') block([from])
      tell(text)
      return text
    },

    block,
  }
}
