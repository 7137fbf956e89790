import { z } from 'zod'
import { AppError } from '../errors.ts'
import { askBulksms } from './bulksms-http.ts'
import { bulksmsId } from './bulksms-records.ts'
import type { WebhookTarget } from './provider-adapter.ts'
import type { ProviderHttp } from './provider-http.ts'

const webhookSchema = z.object({
  id: bulksmsId,
  name: z.string(),
  url: z.string(),
  triggerScope: z.string(),
  active: z.boolean().nullish().catch(null),
  contactEmailAddress: z.string().nullish().catch(null),
})
type Webhook = z.output<typeof webhookSchema>

/** Two are needed, and a name is unique in the account. */
function wantedWebhooks({ name, url, alertEmail }: WebhookTarget) {
  const shared = {
    url,
    invokeOption: 'MANY',
    active: true,
    onWebApp: true,
    ...(alertEmail === '' ? {} : { contactEmailAddress: alertEmail }),
  }
  return [
    { name: `${name}: status`, triggerScope: 'SENT', ...shared },
    { name: `${name}: replies`, triggerScope: 'RECEIVED', ...shared },
  ]
}
type Wanted = ReturnType<typeof wantedWebhooks>[number]

/**
 * Makes both webhooks, or mends those of the same name. What it made is taken down again when the other fails.
 * @returns the ids of both
 * @throws {AppError} as `askBulksms`; `rejected` too when BulkSMS, which calls the address at once, gets no 2xx
 */
export async function registerBulksmsWebhooks(http: ProviderHttp, target: WebhookTarget): Promise<string[]> {
  const existing = await askBulksms(http, { method: 'GET', path: '/webhooks' }, z.array(webhookSchema))
  const made: string[] = []
  const ids: string[] = []
  try {
    for (const wanted of wantedWebhooks(target)) {
      const known = existing.find(({ name }) => name === wanted.name)
      if (known && isAsWanted(known, wanted)) {
        ids.push(known.id)
        continue
      }
      // An update is a POST, too.
      const path = known ? webhookPath(known.id) : '/webhooks'
      const { id } = await write(http, path, wanted)
      ids.push(id)
      if (!known) made.push(id)
    }
  } catch (error) {
    await removeEach(http, made)
    throw error
  }
  return ids
}

const webhookPath = (id: string) => `/webhooks/${encodeURIComponent(id)}`

const isAsWanted = (known: Webhook, wanted: Wanted): boolean =>
  known.url === wanted.url &&
  known.triggerScope === wanted.triggerScope &&
  known.active === true &&
  (known.contactEmailAddress ?? '') === (wanted.contactEmailAddress ?? '')

async function write(http: ProviderHttp, path: string, wanted: Wanted): Promise<Webhook> {
  try {
    return await askBulksms(http, { method: 'POST', path, body: wanted }, webhookSchema)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'rejected' || error.details !== undefined) throw error
    throw new AppError(
      'rejected',
      "BulkSMS could not set up its webhook: Wrapup's address must be reachable from the internet.",
      { cause: error },
    )
  }
}

/**
 * Takes down those of these ids, and any other that calls this address: a process may have ended before it kept the id.
 * @param url without its secret
 * @returns in words what stays over there
 */
export async function removeBulksmsWebhooks(
  http: ProviderHttp,
  ids: readonly string[],
  url: string,
): Promise<string[]> {
  const call = { method: 'GET' as const, path: '/webhooks' }
  const standing = await askBulksms(http, call, z.array(webhookSchema)).catch(() => undefined)
  const calling = standing?.filter((webhook) => webhook.url.split('?')[0] === url) ?? []
  const leftovers = await removeEach(http, new Set([...ids, ...calling.map(({ id }) => id)]))
  const isUnseen = standing === undefined && ids.length === 0
  return isUnseen ? ['BulkSMS may still call Wrapup: look for its webhooks in its settings.'] : leftovers
}

async function removeEach(http: ProviderHttp, ids: Iterable<string>): Promise<string[]> {
  const leftovers: string[] = []
  for (const id of ids) {
    const isGone = await askBulksms(http, { method: 'DELETE', path: webhookPath(id) }, z.unknown()).then(
      () => true,
      (error: unknown) => error instanceof AppError && error.code === 'not_found',
    )
    if (!isGone) leftovers.push(`The webhook ${id} is still set up in BulkSMS. Delete it in its settings.`)
  }
  return leftovers
}
