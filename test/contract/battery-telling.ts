import { describe, expect, it } from 'vitest'
import { acceptedId, e164, reportOf } from './battery-questions.ts'
import type { ProviderStage } from './battery-stage.ts'

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

export function describeReports(stage: () => ProviderStage): void {
  describe('reports', () => {
    it('When a text arrives, then its report goes from taken to delivered and invents nothing', async () => {
      const id = await acceptedId(stage().adapter.send(stage().text()))
      expect(await reportOf(stage(), id)).toMatchObject({ state: 'accepted', reason: null, isOptOut: false })
      await stage().settle()
      expect(await reportOf(stage(), id)).toMatchObject({ state: 'delivered', reason: null, isOptOut: false })
    })

    it('When a text fails, then its report says so, and why', async () => {
      const id = await acceptedId(stage().adapter.send(stage().text(stage().failing)))
      await stage().settle()
      const report = await reportOf(stage(), id)
      expect(report).toMatchObject({ state: 'failed' })
      expect(report?.reason).toMatch(/\w+ .+\.$/)
    })

    it('When its word is in no document, then the state is unknown and the word is kept', async () => {
      const id = await acceptedId(stage().adapter.send(stage().text()))
      stage().setRawStatus(id, 'ON_A_PIGEON')
      expect(await reportOf(stage(), id)).toMatchObject({ state: 'unknown', reason: null, isOptOut: false })
      expect((await reportOf(stage(), id))?.raw).toMatch(/on_a_pigeon/i)
    })

    it('When nothing is known of a text, then there is no report of it', async () => {
      expect(await stage().adapter.readReports({ providerMessageIds: ['1'], since: new Date(0) })).toEqual([])
    })

    it('When nothing is asked, then nothing is told', async () => {
      expect(await stage().adapter.readReports({ providerMessageIds: [], since: new Date(0) })).toEqual([])
    })
  })
}

export function describeWebhooks(stage: () => ProviderStage): void {
  describe('webhooks', () => {
    it('When somebody replies, then number (E.164), words, id and time are read', async () => {
      const { to } = stage().text()
      const events = stage().adapter.readWebhook(await stage().reply(to, 'Nine is fine, "thanks" {ok} 🦷'))
      expect(events).toEqual([
        {
          kind: 'inbound',
          providerMessageId: expect.stringMatching(/^\S+$/),
          from: to,
          to: expect.toSatisfy((phone: unknown) => phone === null || e164.test(String(phone))),
          text: 'Nine is fine, "thanks" {ok} 🦷',
          mediaUrls: [],
          answersMessageId: null,
          at: expect.any(Date),
        },
      ])
    })

    it('When replies are looked for, then each that came is told as its webhook told it, and none that went out', async () => {
      const { adapter } = stage()
      const text = stage().text()
      const events = adapter.readWebhook(await stage().reply(text.to, 'Was this one lost?'))
      await adapter.send(text)
      await stage().settle()
      const replies = (await adapter.readReplies(new Date(0))).map((reply) =>
        Object.assign({ kind: 'inbound' }, reply),
      )
      // The CRM has them in its threads.
      expect(replies).toEqual(adapter.name === 'crm' ? [] : events)
      expect(await adapter.readReplies(new Date('2100-01-01'))).toEqual([])
    })

    it('When the same reply comes again, then its id is the same', async () => {
      const webhook = await stage().reply(stage().text().to, 'Yes')
      expect(stage().adapter.readWebhook(webhook)).toEqual(stage().adapter.readWebhook(webhook))
    })

    it('When garbage comes, then it is nothing of this system', () => {
      for (const body of garbage) {
        const webhook = { body: Buffer.from(body), headers: {}, query: {} }
        expect(stage().adapter.readWebhook(webhook), body.slice(0, 40)).toBeUndefined()
      }
    })

    it('When bytes are damaged anywhere, then nothing is thrown and no state is invented', async () => {
      const { body, headers, query } = await stage().reply(stage().text().to, 'Yes')
      for (let place = 0; place < body.length; place += 3) {
        const damaged = Buffer.from(body)
        damaged[place] = 0x2a
        const events = stage().adapter.readWebhook({ body: damaged, headers, query }) ?? []
        const wrong = events.filter(
          (event) => event.kind === 'status' || (event.kind === 'inbound' && !e164.test(event.from)),
        )
        expect(wrong).toEqual([])
      }
    })
  })
}
