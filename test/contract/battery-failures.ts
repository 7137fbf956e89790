import { describe, expect, it } from 'vitest'
import { AppError } from '../../server/errors.ts'
import { failureOf, wordsOf } from './battery-questions.ts'
import type { ProviderStage } from './battery-stage.ts'

export function describeFailures(stage: () => ProviderStage): void {
  describe('failures', () => {
    it('When credentials are not known, then checking them fails as the application fails', async () => {
      const error = await failureOf(stage().stranger.checkCredentials())
      expect(error).toBeInstanceOf(AppError)
      expect(error).toMatchObject({ code: expect.stringMatching(/^(rejected|reconnect_required)$/) })
    })

    it.each([{ status: 500 }, { reset: true }, { status: 429 }])(
      'When the system does not answer (%j), then checking credentials may be tried again',
      async (fault) => {
        stage().faults.add({ times: 9, headers: { 'Retry-After': '30' }, ...fault })
        const error = await failureOf(stage().adapter.checkCredentials())
        expect(error).toBeInstanceOf(AppError)
        expect(error).toMatchObject({ retryable: true })
      },
    )

    it('When anything fails, then no secret, number or word of a text is in the error', async () => {
      const text = stage().text()
      for (const fault of [
        { status: 400 },
        { status: 401 },
        { status: 500 },
        { reset: true },
        { malformed: true },
      ]) {
        stage().faults.add({ ...fault, times: 9 })
        const told = [
          JSON.stringify(await stage().adapter.send(text)),
          wordsOf(await failureOf(stage().adapter.checkCredentials())),
          wordsOf(
            await failureOf(stage().adapter.readReports({ providerMessageIds: ['1'], since: new Date(0) })),
          ),
          wordsOf(await failureOf(stage().adapter.optOut(text.to))),
          wordsOf(await failureOf(stage().adapter.listOptOuts(null))),
          wordsOf(
            await failureOf(
              stage().adapter.registerWebhooks({ url: stage().webhookUrl, name: 'Wrapup', alertEmail: '' }),
            ),
          ),
          wordsOf(await stage().adapter.removeWebhooks(['7'], 'http://127.0.0.1:9/hooks')),
        ].join('\n')
        stage().faults.clear()
        const hidden = [...stage().secrets(), text.text, text.to.slice(1), new URL(stage().webhookUrl).search]
        for (const secret of hidden) expect(told).not.toContain(secret)
      }
    })
  })
}
