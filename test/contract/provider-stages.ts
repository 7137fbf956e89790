import { createConversationsApi } from '../../server/highlevel/conversations-api.ts'
import { createHighLevelClient } from '../../server/highlevel/platform-client.ts'
import { createPlatformHttp } from '../../server/highlevel/platform-http.ts'
import type { TokenSource } from '../../server/highlevel/token-source.ts'
import { createCrmAdapter } from '../../server/providers/crm-adapter.ts'
import type { OutboundText, ProviderWebhook } from '../../server/providers/provider-adapter.ts'
import { runWithContext } from '../../server/request-context.ts'
import { reconnectRequired } from '../../server/errors.ts'
import { bulksmsEndings } from '../sandbox/bulksms/bulksms-state.ts'
import { phoneEndings } from '../sandbox/message-carrier.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createTestClock } from '../support/clock.ts'
import { bulksmsText, startBulksmsStage } from './bulksms-stage.ts'
import { sender, startHeymarketStage, textTo } from './heymarket-stage.ts'
import type { ProviderStage } from './battery-stage.ts'
import { installApp } from './sandbox-client.ts'

const phone = '+15105553344'
const optedOutPhone = '+15105553377'
/** Nobody listens there: what would be delivered is read from the stand-in's record. */
const webhookUrl = 'http://127.0.0.1:9/hooks?secret=hook-s3cret'

const asWebhook = (body: string): ProviderWebhook => ({ body: Buffer.from(body), headers: {}, query: {} })

export async function startBulksmsProvider(): Promise<ProviderStage> {
  const stage = await startBulksmsStage()
  const { sandbox, hooks } = stage
  return {
    adapter: stage.adapter,
    stranger: stage.adapterWith({ sender: null }, { tokenId: 'TESTID-01-A', tokenSecret: 'not-this-one' }),
    dropsRepeats: true,
    faults: sandbox.faults,
    sending: { method: 'POST', path: '/messages' },
    text: (fields) => bulksmsText({ to: phone, ...wordsLikeNoOther(), ...fields }),
    failing: { to: `+1510555${bulksmsEndings.expired}` },
    unreachable: { to: 'Jordan' },
    optedOut() {
      sandbox.block(optedOutPhone)
      return { to: optedOutPhone }
    },
    sentWords: () => sandbox.sentTexts().map(({ body }) => body),
    setRawStatus(id, word) {
      Object.assign(sandbox.state.messages.find((message) => message.id === id)?.status ?? {}, { type: word })
    },
    async reply(from, words) {
      await stage.registered()
      sandbox.receive(from, words)
      await sandbox.settle()
      return hooks.received.at(-1) ?? asWebhook('')
    },
    webhookUrl: `${hooks.url}?secret=hook-s3cret`,
    settle: sandbox.settle,
    secrets: sandbox.secrets,
    close: stage.close,
  }
}

export async function startHeymarketProvider(): Promise<ProviderStage> {
  const stage = await startHeymarketStage()
  const { heymarket } = stage
  heymarket.setUpWebhook(webhookUrl)
  return {
    adapter: stage.adapter,
    stranger: stage.connect({
      credentials: { secretId: 'nobody', secretKey: 'not-this-one' },
      settings: sender,
    }),
    dropsRepeats: false,
    faults: heymarket.faults,
    sending: { method: 'POST', path: '/v1/message/send' },
    text: (fields) => textTo(phone, { ...wordsLikeNoOther(), ...fields }),
    failing: { to: `+1510555${phoneEndings.failed}` },
    unreachable: { to: 'Jordan' },
    optedOut() {
      heymarket.addContact({ phone: optedOutPhone, is_opted_out: true })
      return { to: optedOutPhone }
    },
    sentWords: () => heymarket.sentTexts().map(({ text }) => text),
    setRawStatus(id, word) {
      const message = heymarket.state.messages.find((one) => String(one.id) === id)
      if (message) heymarket.setStatus(message, word)
    },
    async reply(from, words) {
      heymarket.receive(from, words)
      await heymarket.settle()
      return asWebhook(heymarket.webhooks.deliveries.at(-1)?.body ?? '')
    },
    webhookUrl,
    settle: heymarket.settle,
    secrets: heymarket.secrets,
    close: heymarket.close,
  }
}

export async function startCrmProvider(): Promise<ProviderStage> {
  const clock = createTestClock()
  const sandbox = await startSandbox({ clock, seed: 'small' })
  const { accessToken } = await installApp(sandbox)
  const http = createPlatformHttp({ baseUrl: sandbox.apiOrigin, random: () => 0 })
  const locationId = seedIds.location.main
  const adapterWith = (token: string) =>
    createCrmAdapter({ locationId, conversations: conversationsBy(http, token) })
  const contactOf = (id: string) => ({ contactId: id, to: phoneOf(sandbox, id) })
  const firstMessages = new Set(sandbox.state.messages)
  return {
    adapter: adapterWith(accessToken),
    stranger: adapterWith('not-this-one'),
    dropsRepeats: false,
    faults: sandbox.faults,
    sending: { method: 'POST', path: '/conversations/messages' },
    text: (fields) => bulksmsText({ ...contactOf(seedIds.contact.maya), ...wordsLikeNoOther(), ...fields }),
    failing: contactOf(seedIds.contact.failing),
    unreachable: { contactId: seedIds.contact.noPhone },
    optedOut: () => contactOf(seedIds.contact.dndSms),
    sentWords: () =>
      sandbox.state.messages
        .filter((message) => !firstMessages.has(message) && message.direction === 'outbound')
        .map(({ body }) => body),
    setRawStatus(id, word) {
      Object.assign(sandbox.state.messages.find((message) => message.id === id) ?? {}, { status: word })
    },
    async reply(from, words) {
      const contact = sandbox.state.contacts.find((one) => one.phone === from)
      if (!contact) throw new Error('nobody has this phone')
      sandbox.replyNow(contact.id, words)
      await sandbox.settle()
      const event = sandbox.events().findLast(({ type }) => type === 'InboundMessage')
      return asWebhook(JSON.stringify(event ?? null))
    },
    webhookUrl,
    settle: sandbox.settle,
    secrets: sandbox.secrets,
    async close() {
      await http.close()
      await sandbox.close()
    },
  }
}

let lastWords = 0

function wordsLikeNoOther(): Pick<OutboundText, 'text'> {
  lastWords += 1
  return { text: `Your appointment number ${lastWords} is confirmed` }
}

function phoneOf({ state }: Awaited<ReturnType<typeof startSandbox>>, contactId: string): string {
  return state.contacts.find(({ id }) => id === contactId)?.phone ?? ''
}

/** The platform's API as in a job that has three seconds: whoever is asked to wait longer comes back later. */
function conversationsBy(http: ReturnType<typeof createPlatformHttp>, token: string) {
  const refuse = async () => {
    throw reconnectRequired('http://127.0.0.1/', 'The connection to the CRM has ended.')
  }
  const tokens: TokenSource = {
    accessToken: async () => token,
    replaceRejected: refuse,
    stayedRejected: refuse,
  }
  const api = createConversationsApi(createHighLevelClient({ http, tokens, installUrl: 'http://127.0.0.1/' }))
  const inTime = <Answer>(work: () => Promise<Answer>): Promise<Answer> =>
    runWithContext(
      { requestId: 'battery', deadlineAt: performance.now() + 3_000, priority: 'background' },
      work,
    )
  return {
    search: (...given: Parameters<typeof api.search>) => inTime(() => api.search(...given)),
    sendSms: (...given: Parameters<typeof api.sendSms>) => inTime(() => api.sendSms(...given)),
    findMessage: (...given: Parameters<typeof api.findMessage>) => inTime(() => api.findMessage(...given)),
  }
}
