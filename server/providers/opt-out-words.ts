import type { CarrierName, ProviderName } from '../../shared/provider-contract.ts'
import { carrierTitles } from './connection-words.ts'

/** Words that end texting, alone in a text, in any case. */
const stopWords: ReadonlySet<string> = new Set(['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit'])
const startWords: ReadonlySet<string> = new Set(['start', 'yes', 'unstop'])

/** What a text says about texting; spaces, and full stops and exclamation marks after it, do not count. */
export function wishIn(text: string): 'stop' | 'start' | undefined {
  const word = /^([a-z]+)[.!]*$/.exec(text.replaceAll(/\s/g, '').toLowerCase())?.[1] ?? ''
  if (stopWords.has(word)) return 'stop'
  return startWords.has(word) ? 'start' : undefined
}

/** Why a number is not texted, by who said so. */
export const objections: Readonly<Record<ProviderName, string>> = {
  crm: 'Do-not-disturb was set in the CRM for a contact with this number. Nothing was sent. Switch it off there to text again.',
  heymarket:
    'This person asked not to be texted (STOP). Nothing was sent. They can text START to your number in Heymarket to be texted again.',
  bulksms:
    'This person asked not to be texted (STOP), or BulkSMS blocks the number. Nothing was sent. Once BulkSMS has taken it off its block list, they can text START to your number there.',
}

/** Where the system that said so is not connected any more. */
export const objectionFromBefore = (carrier: CarrierName): string =>
  `This person was opted out (STOP) while ${carrierTitles[carrier]} was connected. Nothing was sent. They can text START to the number that texts come from now; where that system blocks them itself, once it has taken them off its block list.`
