import { generateKeyPairSync, sign } from 'node:crypto'
import type { Clock } from '../../support/clock.ts'
import { postWebhook } from '../webhook-delivery.ts'
import type { PlatformEvent } from './webhook-sender.ts'

/** What a test may do to one delivery; by default nothing. */
export type DeliveryOptions = {
  /** Default: the app's webhook URL. */
  url?: string
  /** Sent as they are, signed: broken JSON, odd bytes. */
  rawBody?: string | Buffer
  /** Valid JSON whose bytes change when it is parsed and serialised again. */
  respaced?: boolean
  /** One byte of the body is changed after it was signed. */
  tampered?: boolean
  /** `none` leaves the header out, `N/A` is the platform's word for unsigned, `foreign` is another key's. */
  signature?: 'valid' | 'none' | 'N/A' | 'foreign'
  headers?: Record<string, string>
  /** How often the same delivery is made, whatever the answer. */
  copies?: number
}

export type Delivery = {
  webhookId: string | undefined
  type: string
  url: string
  body: string
  /** Null when nothing answered. */
  status: number | null
  answer: string
  at: string
}

/** Signs deliveries as the platform does (Ed25519 over the raw body, base64), posts them, and keeps a record. */
export type WebhookCourier = {
  deliver(event: PlatformEvent, url: string, options?: DeliveryOptions): Promise<Delivery>
  deliveries(): Delivery[]
  publicKeyPem: string
}

const timeoutMs = 10_000

function createSigner() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return {
    sign: (body: Buffer) => sign(null, body, privateKey).toString('base64'),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString().trim(),
  }
}

export function createWebhookCourier(clock: Clock): WebhookCourier {
  const own = createSigner()
  const foreign = createSigner()
  const deliveries: Delivery[] = []

  const signatureOf = (body: Buffer, kind: DeliveryOptions['signature']): string | undefined => {
    if (kind === 'none') return undefined
    if (kind === 'N/A') return 'N/A'
    return (kind === 'foreign' ? foreign : own).sign(body)
  }

  return {
    async deliver(event, url, options = {}) {
      const signed = bytesOf(event, options)
      const signature = signatureOf(signed, options.signature)
      const body = options.tampered ? tamper(signed) : signed
      const headers = {
        ...(signature === undefined ? {} : { 'x-ghl-signature': signature }),
        ...options.headers,
      }
      const { status, text: answer } = await postWebhook(url, body, { headers, timeoutMs })
      const webhookId = typeof event['webhookId'] === 'string' ? event['webhookId'] : undefined
      const at = new Date(clock.now()).toISOString()
      const delivery = { webhookId, type: event.type, url, body: body.toString(), status, answer, at }
      deliveries.push(delivery)
      return delivery
    },
    deliveries: () => [...deliveries],
    publicKeyPem: own.publicKeyPem,
  }
}

function bytesOf(event: PlatformEvent, { rawBody, respaced }: DeliveryOptions): Buffer {
  if (rawBody !== undefined) return Buffer.from(rawBody)
  return Buffer.from(respaced ? respacedJson(event) : JSON.stringify(event))
}

function respacedJson(event: PlatformEvent): string {
  return JSON.stringify(event, null, 1).replaceAll('/', '\\/')
}

function tamper(signed: Buffer): Buffer {
  const body = Buffer.from(signed)
  const at = body.lastIndexOf('"') - 1
  body[at] = body[at] === 0x61 ? 0x62 : 0x61
  return body
}
