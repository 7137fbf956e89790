import {
  type CarrierName,
  type TestMessageAnswer,
  testMessageAnswerSchema,
} from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import type { Session } from '../session/session.ts'
import type { AdapterFactory } from './adapter-factory.ts'
import { carrierBroken, carrierTitles, credentialsRefused, creditsUsedUp } from './connection-words.ts'
import type { ProviderAdapter, SendOutcome } from './provider-adapter.ts'
import type { ProviderConnectionRepository } from './provider-connection-repository.ts'
import type { StoredConnection } from './stored-connection.ts'

export type TestMessages = ReturnType<typeof createTestMessages>

/** A text to an admin's own phone, past the CRM: shows whether the connection carries. */
export function createTestMessages(parts: {
  repository: Pick<ProviderConnectionRepository, 'markBroken' | 'beginTest' | 'endTest'>
  required: (locationId: string, carrier: CarrierName) => Promise<StoredConnection>
  adapters: Pick<AdapterFactory, 'forConnection'>
  /** @param phone E.164 */
  isOptedOut: (locationId: string, phone: string) => Promise<boolean>
  /** A new one for each text. */
  newDedupe: () => { text: string; number: number }
}) {
  const { repository, required, adapters, isOptedOut, newDedupe } = parts

  async function noteRefusal(connection: StoredConnection, outcome: SendOutcome): Promise<void> {
    if (outcome.kind !== 'refused') return
    const { carrier } = connection
    if (outcome.reason === 'credentials') await repository.markBroken(connection, credentialsRefused(carrier))
    if (outcome.reason === 'no_credits') await repository.markBroken(connection, creditsUsedUp(carrier))
  }

  async function sendOnce(
    connection: StoredConnection,
    adapter: ProviderAdapter,
    to: string,
  ): Promise<SendOutcome> {
    const outcome = await adapter.send({
      to,
      text: `This is a test message from Wrapup through ${carrierTitles[connection.carrier]}.`,
      mediaUrls: [],
      dedupe: newDedupe(),
      contactId: 'test',
    })
    await noteRefusal(connection, outcome)
    return outcome
  }

  return {
    /**
     * @param key the same once more gives the first result, and sends nothing
     * @throws {AppError} `upstream_unavailable` where it provably was not sent and may be tried again
     */
    async send({ locationId }: Session, carrier: CarrierName, key: string, to: string) {
      const connection = await required(locationId, carrier)
      if (connection.status === 'broken') throw carrierBroken(carrier, connection.lastErrorMessage)
      if (await isOptedOut(locationId, to)) {
        const message = 'This number has opted out of texts. Nothing was sent.'
        return { outcome: 'refused', message } satisfies TestMessageAnswer
      }
      const title = carrierTitles[carrier]
      // Before it counts as begun: where the credentials cannot be opened, nothing was sent.
      const adapter = adapters.forConnection(connection)
      const earlier = await repository.beginTest(connection.id, key)
      if (earlier) {
        return testMessageAnswerSchema.safeParse(earlier.answer).data ?? answerOf(title, unknown)
      }
      const outcome = await sendOnce(connection, adapter, to)
      const answer = outcome.kind === 'not_sent' ? null : answerOf(title, outcome)
      await repository.endTest(connection.id, key, answer)
      return answer ?? answerOf(title, outcome)
    },
  }
}

const unknown: SendOutcome = { kind: 'unknown', isRepeatable: false }

function answerOf(title: string, outcome: SendOutcome): TestMessageAnswer {
  switch (outcome.kind) {
    case 'accepted':
      return { outcome: 'accepted', message: `${title} took the text. It should arrive in a moment.` }
    case 'refused':
      return { outcome: 'refused', message: outcome.message }
    case 'unknown':
      return {
        outcome: 'unknown',
        message: `${title} did not confirm the text. It may or may not arrive: look at the phone before you try again.`,
      }
    case 'not_sent':
      throw new AppError('upstream_unavailable', outcome.message, {
        retryable: true,
        ...(outcome.retryAfterMs === null ? {} : { retryAfterMs: outcome.retryAfterMs }),
      })
  }
}
