import type { BulksmsSandbox } from './bulksms/bulksms-sandbox.ts'
import type { HeymarketSandbox } from './heymarket/heymarket-sandbox.ts'

export type CarriedText = { phone: string; text: string; isInbound: boolean; status: string }

/** Another SMS system of the demo, as its guide shows it. Phones are E.164. */
export type OtherSystem = {
  id: string
  name: string
  /** What an admin types into the app. */
  credentials: readonly { label: string; value: string }[]
  /** Oldest first. */
  texts(): CarriedText[]
  /** What the owner of the phone sends. */
  receive(phone: string, text: string): void
  /** Where its webhook is typed in by hand. @returns the token that its calls will carry */
  setUpWebhook?: (url: string) => string
}

export function heymarketSystem(heymarket: HeymarketSandbox): OtherSystem {
  const { secretId, secretKey } = heymarket.credentials()
  return {
    id: 'heymarket',
    name: 'Heymarket',
    credentials: [
      { label: 'Secret ID', value: secretId },
      { label: 'Secret key', value: secretKey },
    ],
    texts: () =>
      heymarket.state.messages
        .filter(({ isPrivate }) => !isPrivate)
        .map(({ phone, text, user, status }) => ({
          phone: `+${phone}`,
          text,
          isInbound: user === 0,
          status,
        })),
    receive: (phone, text) => void heymarket.receive(phone, text),
    setUpWebhook: heymarket.setUpWebhook,
  }
}

export function bulksmsSystem(bulksms: BulksmsSandbox): OtherSystem {
  const { tokenId, tokenSecret } = bulksms.credentials()
  return {
    id: 'bulksms',
    name: 'BulkSMS',
    credentials: [
      { label: 'Token ID', value: tokenId },
      { label: 'Token secret', value: tokenSecret },
    ],
    texts: () =>
      bulksms.state.messages.map(({ type, from, to, body, status }) => {
        const isInbound = type === 'RECEIVED'
        const told = isInbound ? 'received' : status.type.toLowerCase()
        return { phone: `+${isInbound ? from : to}`, text: body, isInbound, status: told }
      }),
    receive: (phone, text) => void bulksms.receive(phone, text),
  }
}
