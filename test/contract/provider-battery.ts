import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { providerNames } from '../../shared/provider-contract.ts'
import { AppError } from '../../server/errors.ts'
import type {
  DeliveryReport,
  OutboundText,
  ProviderAdapter,
  ProviderWebhook,
  SendOutcome,
} from '../../server/providers/provider-adapter.ts'
import type { FaultInjector } from '../sandbox/fault-injector.ts'

/** One provider beside its stand-in, as far as all of them can be asked the same. */
export type ProviderStage = {
  adapter: ProviderAdapter
  /** The same with credentials that are not known over there. */
  stranger: ProviderAdapter
  /** Whether a repeat with the same dedupe id is promised to be dropped. */
  dropsRepeats: boolean
  faults: FaultInjector
  /** The call that sends. */
  sending: { method: string; path: string }
  /** A text like no other to somebody who can be texted. */
  text(fields?: Partial<OutboundText>): OutboundText
  /** Somebody to whom texts fail after they were taken. */
  failing: Partial<OutboundText>
  /** Nobody's number. */
  unreachable: Partial<OutboundText>
  /** Somebody who wants no texts. */
  optedOut(): Partial<OutboundText>
  /** What left for phones, oldest first. */
  sentWords(): string[]
  /** Makes it tell a status that no document lists. */
  setRawStatus(providerMessageId: string, word: string): void
  /** What it posts when that person replies. */
  reply(phone: string, words: string): Promise<ProviderWebhook>
  webhookUrl: string
  settle(): Promise<void>
  secrets(): string[]
  close(): Promise<void>
}

const garbage = [
  '',
  'null',
  '5',
  '"words"',
  '{',
  '<html>',
  '{}',
  '{"type":5}',
  '[[]]',
  '[null]',
  '\u0000',
  '['.repeat(50_000),
  '{"__proto__":{"type":"x"}}',
]

const e164 = /^\+[1-9]\d{6,14}$/

async function acceptedId(outcome: SendOutcome | Promise<SendOutcome>): Promise<string> {
  const settled = await outcome
  if (settled.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(settled)}`)
  return settled.providerMessageId
}

/** All that an error says, its causes included. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  return [error.stack, JSON.stringify(error), wordsOf(error.cause)].join('\n')
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

/** @returns `not offered` for the refusal that says so */
async function ifOffered<Answer>(work: () => Promise<Answer>): Promise<Answer | 'not offered'> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError && error.code === 'rejected') return 'not offered'
    throw error
  }
}

/** What every provider's adapter has to pass. */
export function describeProvider(start: () => Promise<ProviderStage>): void {
  let stage: ProviderStage

  beforeEach(async () => {
    stage = await start()
  })
  afterEach(() => stage.close())

  const reportOf = async (id: string): Promise<DeliveryReport | undefined> => {
    const reports = await stage.adapter.readReports({ providerMessageIds: [id], since: new Date(0) })
    return reports.find(({ providerMessageId }) => providerMessageId === id)
  }
  /** By the refusal, or by what is reported later. */
  const isOptOut = async (outcome: SendOutcome): Promise<boolean | undefined> => {
    if (outcome.kind === 'refused') return outcome.reason === 'opted_out'
    const id = await acceptedId(outcome)
    await stage.settle()
    return (await reportOf(id))?.isOptOut
  }
  const faultOnSend = (fault: Parameters<FaultInjector['add']>[0]) =>
    stage.faults.add({ ...stage.sending, ...fault })

  describe('sending', () => {
    it('When a text is taken, then it has an id, and its words left once', async () => {
      const text = stage.text()
      expect(await acceptedId(stage.adapter.send(text))).toMatch(/^\S+$/)
      expect(stage.sentWords()).toEqual([text.text])
    })

    it('When two texts are taken, then their ids differ', async () => {
      const first = await acceptedId(stage.adapter.send(stage.text()))
      expect(await acceptedId(stage.adapter.send(stage.text()))).not.toBe(first)
    })

    it('When the credentials are not known, then that is said as such, and nothing leaves', async () => {
      expect(await stage.stranger.send(stage.text())).toMatchObject({
        kind: 'refused',
        reason: 'credentials',
      })
      expect(stage.sentWords()).toEqual([])
    })

    it('When there is no such number, then that is said as such, and nothing leaves', async () => {
      const outcome = await stage.adapter.send(stage.text(stage.unreachable))
      expect(outcome).toMatchObject({ kind: 'refused', reason: 'bad_number' })
      expect(stage.sentWords()).toEqual([])
    })

    it('When the person opted out, then that is told at once or by the report', async () => {
      const outcome = await stage.adapter.send(stage.text(stage.optedOut()))
      expect(await isOptOut(outcome)).toBe(true)
    })

    it('When it is refused as not valid, then it is refused for good, whatever the body is', async () => {
      for (const body of ['', '<html>', { message: 'no' }]) {
        faultOnSend({ status: 422, body })
        expect(await stage.adapter.send(stage.text())).toMatchObject({
          kind: 'refused',
          reason: 'rejected',
        })
      }
      expect(stage.sentWords()).toEqual([])
    })

    it('When there are too many calls, then it was not sent and may be tried again', async () => {
      faultOnSend({ status: 429, times: 3, headers: { 'Retry-After': '30' } })
      expect(await stage.adapter.send(stage.text())).toMatchObject({ kind: 'not_sent' })
      expect(stage.sentWords()).toEqual([])
    })

    it.each([
      ['is lost after it was done', { loseAnswer: true }],
      ['cannot be read', { malformed: true }],
      ['never comes', { reset: true }],
      ['is a fault of the server', { status: 500 }],
      ['is the page of a gateway', { status: 502, body: '<html>' }],
    ])('When the answer %s, then it leaves at most once, and nobody claims to know', async (_what, fault) => {
      faultOnSend(fault)
      const text = stage.text()
      const outcome = await stage.adapter.send(text)
      if (outcome.kind === 'unknown' && outcome.isRepeatable) await acceptedId(stage.adapter.send(text))

      const left = stage.sentWords().filter((words) => words === text.text).length
      expect(['accepted, 1', 'unknown, 0', 'unknown, 1']).toContain(`${outcome.kind}, ${left}`)
    })

    it('When a repeat is promised to be dropped, then it is; when not, none is asked for', async () => {
      const text = stage.text()
      faultOnSend({ status: 500 })
      expect(await stage.adapter.send(text)).toEqual({ kind: 'unknown', isRepeatable: stage.dropsRepeats })
      const again = async () => (stage.dropsRepeats ? acceptedId(stage.adapter.send(text)) : 'not sent again')
      expect(await again()).toBe(await again())
      expect(stage.sentWords()).toEqual(stage.dropsRepeats ? [text.text] : [])
    })
  })

  describe('reports', () => {
    it('When a text arrives, then its report goes from taken to delivered and invents nothing', async () => {
      const id = await acceptedId(stage.adapter.send(stage.text()))
      expect(await reportOf(id)).toMatchObject({ state: 'accepted', reason: null, isOptOut: false })
      await stage.settle()
      expect(await reportOf(id)).toMatchObject({ state: 'delivered', reason: null, isOptOut: false })
    })

    it('When a text fails, then its report says so, and why', async () => {
      const id = await acceptedId(stage.adapter.send(stage.text(stage.failing)))
      await stage.settle()
      const report = await reportOf(id)
      expect(report).toMatchObject({ state: 'failed' })
      expect(report?.reason).toMatch(/\w+ .+\.$/)
    })

    it('When its word is in no document, then the state is unknown and the word is kept', async () => {
      const id = await acceptedId(stage.adapter.send(stage.text()))
      stage.setRawStatus(id, 'ON_A_PIGEON')
      expect(await reportOf(id)).toMatchObject({ state: 'unknown', reason: null, isOptOut: false })
      expect((await reportOf(id))?.raw).toMatch(/on_a_pigeon/i)
    })

    it('When nothing is known of a text, then there is no report of it', async () => {
      expect(await stage.adapter.readReports({ providerMessageIds: ['1'], since: new Date(0) })).toEqual([])
    })

    it('When nothing is asked, then nothing is told', async () => {
      expect(await stage.adapter.readReports({ providerMessageIds: [], since: new Date(0) })).toEqual([])
    })
  })

  describe('webhooks', () => {
    it('When somebody replies, then number (E.164), words, id and time are read', async () => {
      const { to } = stage.text()
      const events = stage.adapter.readWebhook(await stage.reply(to, 'Nine is fine, "thanks" {ok} 🦷'))
      expect(events).toEqual([
        {
          kind: 'inbound',
          providerMessageId: expect.stringMatching(/^\S+$/),
          from: to,
          to: expect.toSatisfy((phone: unknown) => phone === null || e164.test(String(phone))),
          text: 'Nine is fine, "thanks" {ok} 🦷',
          mediaUrls: [],
          at: expect.any(Date),
        },
      ])
    })

    it('When the same reply comes again, then its id is the same', async () => {
      const webhook = await stage.reply(stage.text().to, 'Yes')
      expect(stage.adapter.readWebhook(webhook)).toEqual(stage.adapter.readWebhook(webhook))
    })

    it('When garbage comes, then it is nothing of this system', () => {
      for (const body of garbage) {
        const webhook = { body: Buffer.from(body), headers: {}, query: {} }
        expect(stage.adapter.readWebhook(webhook), body.slice(0, 40)).toBeUndefined()
      }
    })

    it('When bytes are damaged anywhere, then nothing is thrown and no state is invented', async () => {
      const { body, headers, query } = await stage.reply(stage.text().to, 'Yes')
      for (let place = 0; place < body.length; place += 3) {
        const damaged = Buffer.from(body)
        damaged[place] = 0x2a
        const events = stage.adapter.readWebhook({ body: damaged, headers, query }) ?? []
        const wrong = events.filter(
          (event) => event.kind === 'status' || (event.kind === 'inbound' && !e164.test(event.from)),
        )
        expect(wrong).toEqual([])
      }
    })
  })

  describe('capabilities', () => {
    const can = (capability: Parameters<ProviderAdapter['capabilities']['has']>[0]) =>
      stage.adapter.capabilities.has(capability)
    it('When it is asked who it is, then it is one of those that are known', () => {
      expect(providerNames).toContain(stage.adapter.name)
    })

    it('When its account is read, then credits are told exactly where they are offered', async () => {
      const { credits, name: known } = await stage.adapter.checkCredentials()
      expect(credits !== null).toBe(can('credits'))
      expect(known).not.toBe('')
    })

    it('When a file goes along, then it is sent exactly where that is offered', async () => {
      const outcome = await stage.adapter.send(stage.text({ mediaUrls: ['https://files.example/a.png'] }))
      expect(outcome).toMatchObject(
        can('media') ? { kind: 'accepted' } : { kind: 'refused', reason: 'rejected' },
      )
    })

    it('When opt-outs are listed, then that works exactly where it is offered', async () => {
      const { to } = stage.text(stage.optedOut())
      const listed = await ifOffered(async () => (await stage.adapter.listOptOuts(null)).phones)
      expect(listed).toEqual(can('optOutRead') ? [to] : 'not offered')
    })

    it('When somebody is opted out and in again, then that works exactly where it is offered', async () => {
      const text = stage.text()
      const tried = async (work: () => Promise<void>) =>
        ifOffered(async () => {
          await work()
          return isOptOut(await stage.adapter.send(text))
        })
      const out = await tried(() => stage.adapter.optOut(text.to))
      expect(out).toBe(can('optOutWrite') ? true : 'not offered')
      const back = await tried(() => stage.adapter.optIn(text.to))
      expect(back).toBe(can('optOutUndo') ? false : 'not offered')
    })

    it('When webhooks are set up, then that works exactly where it is offered', async () => {
      const target = { url: stage.webhookUrl, name: 'Wrapup', alertEmail: '' }
      const outcome = await ifOffered(async () => {
        const ids = await stage.adapter.registerWebhooks(target)
        const same = await stage.adapter.registerWebhooks(target)
        return {
          isKept: ids.length > 0 && ids.join() === same.join(),
          left: await stage.adapter.removeWebhooks(ids),
        }
      })
      expect(outcome).toEqual(can('webhookApi') ? { isKept: true, left: [] } : 'not offered')
    })
  })

  describe('failures', () => {
    it('When credentials are not known, then checking them fails as the application fails', async () => {
      const error = await failureOf(stage.stranger.checkCredentials())
      expect(error).toBeInstanceOf(AppError)
      expect(error).toMatchObject({ code: expect.stringMatching(/^(rejected|reconnect_required)$/) })
    })

    it.each([{ status: 500 }, { reset: true }, { status: 429 }])(
      'When the system does not answer (%j), then checking credentials may be tried again',
      async (fault) => {
        stage.faults.add({ times: 9, headers: { 'Retry-After': '30' }, ...fault })
        const error = await failureOf(stage.adapter.checkCredentials())
        expect(error).toBeInstanceOf(AppError)
        expect(error).toMatchObject({ retryable: true })
      },
    )

    it('When anything fails, then no secret, number or word of a text is in the error', async () => {
      const text = stage.text()
      for (const fault of [
        { status: 400 },
        { status: 401 },
        { status: 500 },
        { reset: true },
        { malformed: true },
      ]) {
        stage.faults.add({ ...fault, times: 9 })
        const told = [
          JSON.stringify(await stage.adapter.send(text)),
          wordsOf(await failureOf(stage.adapter.checkCredentials())),
          wordsOf(
            await failureOf(stage.adapter.readReports({ providerMessageIds: ['1'], since: new Date(0) })),
          ),
          wordsOf(await failureOf(stage.adapter.optOut(text.to))),
          wordsOf(await failureOf(stage.adapter.listOptOuts(null))),
          wordsOf(
            await failureOf(
              stage.adapter.registerWebhooks({ url: stage.webhookUrl, name: 'Wrapup', alertEmail: '' }),
            ),
          ),
          wordsOf(await stage.adapter.removeWebhooks(['7'])),
        ].join('\n')
        stage.faults.clear()
        const hidden = [...stage.secrets(), text.text, text.to.slice(1), new URL(stage.webhookUrl).search]
        for (const secret of hidden) expect(told).not.toContain(secret)
      }
    })
  })
}
