import type { CarrierName, CheckProvider } from '../../shared/provider-contract.ts'
import { AppError } from '../errors.ts'
import type { ConnectionFailure } from './stored-connection.ts'

export const carrierTitles: Readonly<Record<CarrierName, string>> = {
  heymarket: 'Heymarket',
  bulksms: 'BulkSMS',
}

const newCredentials: Readonly<Record<CarrierName, string>> = {
  heymarket:
    'Make a new API secret in Heymarket under Settings, Integrations, API, and enter it in Settings here.',
  bulksms:
    'Make a new API token in BulkSMS under Settings, Advanced, API Tokens, and enter it in Settings here.',
}

export function credentialsRefused(carrier: CarrierName): ConnectionFailure {
  const message = `${carrierTitles[carrier]} no longer accepts the stored credentials.`
  return { message, advice: newCredentials[carrier] }
}

export function creditsUsedUp(carrier: CarrierName): ConnectionFailure {
  const title = carrierTitles[carrier]
  return {
    message: `The ${title} account has no credits left.`,
    advice: `Buy credits in ${title}. Texts go out again within minutes, or at once when the connection is saved again in Settings.`,
  }
}

/** What to do about webhooks that could not be set up or taken down. */
export function webhooksFailed(carrier: CarrierName, error: unknown): ConnectionFailure {
  const title = carrierTitles[carrier]
  const why = error instanceof AppError ? ` ${error.message}` : ''
  return {
    message: `${title} could not be told where to report to, so replies and delivery states do not arrive.${why}`,
    advice: `See that ${title} can reach Wrapup from the internet over https, then save the connection again.`,
  }
}

/** For a text that is not handed on. */
export function carrierBroken(carrier: CarrierName, message: string | null): AppError {
  const why = message ?? `${carrierTitles[carrier]} does not accept Wrapup at the moment.`
  return new AppError(
    'rejected',
    `${why} Nothing was sent. An admin can mend the connection in Settings, or choose the CRM to send texts.`,
  )
}

export function notConnected(carrier: CarrierName): AppError {
  return new AppError('not_found', `${carrierTitles[carrier]} is not connected.`)
}

/** Whether the other system refused the credentials themselves. */
export function areCredentialsRefused(error: unknown): boolean {
  const details = error instanceof AppError ? error.details : undefined
  return typeof details === 'object' && details !== null && Reflect.get(details, 'reason') === 'credentials'
}

/** Their public part, shortened: tells people which are kept. */
export function credentialHint(given: CheckProvider): string {
  const publicPart = given.carrier === 'heymarket' ? given.credentials.secretId : given.credentials.tokenId
  const shown = Math.min(4, Math.floor(publicPart.length / 4))
  return `${publicPart.slice(0, shown)}…${publicPart.slice(publicPart.length - shown - 1)}`
}
