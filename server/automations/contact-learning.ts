import { AppError } from '../errors.ts'
import type { ContactsApi } from '../highlevel/contacts-api.ts'
import type { Logger } from '../logger.ts'
import type { Transaction } from '../storage/database.ts'
import type { AutomationRuleRepository } from './automation-rule-repository.ts'
import { snapshotOf, type Watched } from './contact-changes.ts'
import { factsOfContact, smsBlockedField } from './contact-facts.ts'
import type { ContactSnapshotRepository } from './contact-snapshot-repository.ts'
import { watchedBy } from './rule-evaluation.ts'

const pageSize = 100
/** One job is done within its time; the next goes on from there. */
const maxPages = 40
/** What could not be looked through is tried again when something happens, but not for everything that does. */
const pauseMs = 3_600_000
const tagsKey = '#tags'

/** Where looking through goes on: no values, but the platform's own cursor and what is looked for. */
export type LearningRest = { startedAtMs: number; after: (string | number)[]; keys: string[] }

export type ContactLearning = ReturnType<typeof createContactLearning>

/**
 * Looks once through all contacts of a location for what its rules watch, so that their next change is seen as one
 * instead of as a first sight.
 */
export function createContactLearning(parts: {
  rules: Pick<AutomationRuleRepository, 'list'>
  snapshots: ContactSnapshotRepository
  contacts: Pick<ContactsApi, 'search'>
  /** Undefined where the app is not installed. */
  installationIdOf: (locationId: string) => Promise<string | undefined>
  queue: (locationId: string, rest?: LearningRest, transaction?: Transaction) => Promise<void>
  now: () => number
  logger: Logger
}) {
  const { rules, snapshots, contacts, installationIdOf, queue, now, logger } = parts

  /** Queues it where something watched has not been looked for yet; for whoever holds the location's order. */
  async function ensure(
    locationId: string,
    watched: Watched,
    transaction: Transaction,
    isNews = false,
  ): Promise<void> {
    const installationId = await installationIdOf(locationId)
    const keys = keysOf(watched)
    if (installationId === undefined || keys.length === 0) return
    const known = await snapshots.learningOf(locationId, transaction)
    if (known?.installationId === installationId) {
      if (keys.every((key) => known.fields.includes(key))) return
      if (!isNews && known.triedAt.getTime() > now() - pauseMs) return
    }
    await snapshots.beginLearning(locationId, installationId, transaction)
    await queue(locationId, undefined, transaction)
  }

  /** What rules no longer watch is forgotten, what they newly watch is looked for. */
  async function rulesChanged(locationId: string): Promise<void> {
    await snapshots.inOrder(locationId, async (transaction) => {
      const watched = watchedBy((await rules.list(locationId, transaction)).map(({ trigger }) => trigger))
      const known = await snapshots.learningOf(locationId, transaction)
      const keys = new Set(keysOf(watched))
      await snapshots.keepOnly(locationId, watched.fields, watched.tags, transaction)
      if (known) {
        const learned = known.fields.filter((key) => keys.has(key))
        await snapshots.setLearned(locationId, learned, transaction)
      }
      await ensure(locationId, watched, transaction, true)
    })
  }

  async function learnPage(locationId: string, rest: LearningRest): Promise<LearningRest | undefined> {
    const { startedAtMs, after, keys } = rest
    const from = after.length > 0 ? { searchAfter: after } : { page: 1 }
    const { contacts: found } = await contacts.search(locationId, { limit: pageSize, ...from })
    const seenAt = new Date(startedAtMs)
    const seen = found.map((contact) =>
      snapshotOf(contact.id, factsOfContact(contact), watchedOf(keys), seenAt),
    )
    await snapshots.inOrder(locationId, (transaction) => snapshots.addAll(locationId, seen, transaction))
    const position = (found.at(-1)?.searchAfter ?? []).filter(
      (part) => typeof part === 'string' || typeof part === 'number',
    )
    return found.length < pageSize || position.length === 0
      ? undefined
      : { startedAtMs, after: position, keys }
  }

  /** What no rule watches any more by now was not kept. */
  async function finish(locationId: string, keys: readonly string[]): Promise<void> {
    await snapshots.inOrder(locationId, async (transaction) => {
      const watched = watchedBy((await rules.list(locationId, transaction)).map(({ trigger }) => trigger))
      await snapshots.keepOnly(locationId, watched.fields, watched.tags, transaction)
      const wanted = new Set(keysOf(watched))
      await snapshots.setLearned(
        locationId,
        keys.filter((key) => wanted.has(key)),
        transaction,
      )
    })
  }

  async function learnAll(locationId: string, from: LearningRest): Promise<void> {
    let rest: LearningRest | undefined = from
    for (let pages = 0; rest && pages < maxPages; pages += 1) rest = await learnPage(locationId, rest)
    if (rest) await queue(locationId, rest)
    else await finish(locationId, from.keys)
  }

  /** @param rest what an earlier one left over */
  async function learn(locationId: string, rest?: LearningRest): Promise<void> {
    const watched = watchedBy((await rules.list(locationId)).map(({ trigger }) => trigger))
    const from = rest ?? { startedAtMs: now(), after: [], keys: keysOf(watched) }
    if (from.keys.length === 0) return
    try {
      await learnAll(locationId, from)
    } catch (error) {
      if (!(error instanceof AppError) || error.retryable) throw error
      logger.warn({ err: error, locationId }, 'contacts could not be looked through for the rules')
    }
  }

  return { ensure, rulesChanged, learn }
}

/** A list of contacts does not tell of do-not-disturb. */
function keysOf({ fields, tags }: Watched): string[] {
  return [...[...fields].filter((field) => field !== smsBlockedField), ...(tags ? [tagsKey] : [])]
}

function watchedOf(keys: readonly string[]): Watched {
  return { fields: new Set(keys.filter((key) => key !== tagsKey)), tags: keys.includes(tagsKey) }
}
