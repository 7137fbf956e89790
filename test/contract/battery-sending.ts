import { describe, expect, it } from 'vitest'
import type { FaultInjector } from '../sandbox/fault-injector.ts'
import { acceptedId, isOptOut } from './battery-questions.ts'
import type { ProviderStage } from './battery-stage.ts'

export function describeSending(stage: () => ProviderStage): void {
  const faultOnSend = (fault: Parameters<FaultInjector['add']>[0]) =>
    stage().faults.add({ ...stage().sending, ...fault })

  describe('sending', () => {
    it('When a text is taken, then it has an id, and its words left once', async () => {
      const text = stage().text()
      expect(await acceptedId(stage().adapter.send(text))).toMatch(/^\S+$/)
      expect(stage().sentWords()).toEqual([text.text])
    })

    it('When two texts are taken, then their ids differ', async () => {
      const first = await acceptedId(stage().adapter.send(stage().text()))
      expect(await acceptedId(stage().adapter.send(stage().text()))).not.toBe(first)
    })

    it('When the credentials are not known, then that is said as such, and nothing leaves', async () => {
      expect(await stage().stranger.send(stage().text())).toMatchObject({
        kind: 'refused',
        reason: 'credentials',
      })
      expect(stage().sentWords()).toEqual([])
    })

    it('When there is no such number, then that is said as such, and nothing leaves', async () => {
      const outcome = await stage().adapter.send(stage().text(stage().unreachable))
      expect(outcome).toMatchObject({ kind: 'refused', reason: 'bad_number' })
      expect(stage().sentWords()).toEqual([])
    })

    it('When the person opted out, then that is told at once or by the report', async () => {
      const outcome = await stage().adapter.send(stage().text(stage().optedOut()))
      expect(await isOptOut(stage(), outcome)).toBe(true)
    })

    it('When it is refused as not valid, then it is refused for good, whatever the body is', async () => {
      for (const body of ['', '<html>', { message: 'no' }]) {
        faultOnSend({ status: 422, body })
        expect(await stage().adapter.send(stage().text())).toMatchObject({
          kind: 'refused',
          reason: 'rejected',
        })
      }
      expect(stage().sentWords()).toEqual([])
    })

    it('When there are too many calls, then it was not sent and may be tried again', async () => {
      faultOnSend({ status: 429, times: 3, headers: { 'Retry-After': '30' } })
      expect(await stage().adapter.send(stage().text())).toMatchObject({ kind: 'not_sent' })
      expect(stage().sentWords()).toEqual([])
    })

    it.each([
      ['is lost after it was done', { loseAnswer: true }],
      ['cannot be read', { malformed: true }],
      ['never comes', { reset: true }],
      ['is a fault of the server', { status: 500 }],
      ['is the page of a gateway', { status: 502, body: '<html>' }],
    ])('When the answer %s, then it leaves at most once, and nobody claims to know', async (_what, fault) => {
      faultOnSend(fault)
      const text = stage().text()
      const outcome = await stage().adapter.send(text)
      if (outcome.kind === 'unknown' && outcome.isRepeatable) await acceptedId(stage().adapter.send(text))

      const left = stage()
        .sentWords()
        .filter((words) => words === text.text).length
      expect(['accepted, 1', 'unknown, 0', 'unknown, 1']).toContain(`${outcome.kind}, ${left}`)
    })

    it('When a repeat is promised to be dropped, then it is; when not, none is asked for', async () => {
      const text = stage().text()
      faultOnSend({ status: 500 })
      expect(await stage().adapter.send(text)).toMatchObject({
        kind: 'unknown',
        isRepeatable: stage().dropsRepeats,
      })
      const again = async () =>
        stage().dropsRepeats ? acceptedId(stage().adapter.send(text)) : 'not sent again'
      expect(await again()).toBe(await again())
      expect(stage().sentWords()).toEqual(stage().dropsRepeats ? [text.text] : [])
    })
  })
}
