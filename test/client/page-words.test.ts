import { describe, expect, test } from 'vitest'
import { fromErrorBody, installUrlOf, toApiError, toFailureCode } from '../../client/api/api-error.ts'
import { automationTexts } from '../../client/automation-texts.ts'
import { cannotTexts, canTexts } from '../../client/capability-texts.ts'
import { contactTexts } from '../../client/contact-texts.ts'
import { helpTexts } from '../../client/help-texts.ts'
import { providerTexts } from '../../client/provider-texts.ts'
import { settingsTexts } from '../../client/settings-texts.ts'
import { failureReason, texts } from '../../client/texts.ts'
import { errorStatus } from '../../shared/error-contract.ts'

function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'function') return [String(value('one', 'two'))]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsIn) : []
}

const codes = Object.keys(errorStatus)

describe('words of the page', () => {
  test.each(codes)('When the server answers %s, then the page knows it and says what to do', (code) => {
    expect(toFailureCode(code)).toBe(code)
    expect(failureReason({ code: toFailureCode(code) })).toMatch(/^[A-Z].*\.$/)
  })

  test('When the CRM says how long to wait, then the page says it too', () => {
    expect(failureReason({ code: 'rate_limited', retryAfterSeconds: 1 })).toContain('in 1 second.')
    expect(failureReason({ code: 'rate_limited', retryAfterSeconds: 30 })).toContain('in 30 seconds.')
    expect(failureReason({ code: 'rate_limited' })).toContain('in a moment')
  })

  test('When any word is shown, then it is never the name of the platform', () => {
    const reasons = codes.map((code) => failureReason({ code: toFailureCode(code) }))
    for (const words of [
      ...[
        texts,
        automationTexts,
        canTexts,
        cannotTexts,
        contactTexts,
        helpTexts,
        providerTexts,
        settingsTexts,
      ].flatMap(wordsIn),
      ...reasons,
    ]) {
      expect(words).not.toMatch(/high\s?level|\bghl\b|lead\s?connector/i)
    }
  })

  test('When a failure is not the shape agreed on, then it is unexpected, without a guess', () => {
    expect(fromErrorBody('<html>', undefined, undefined)).toMatchObject({
      code: 'unexpected',
      requestId: undefined,
    })
    expect(fromErrorBody({ error: { code: 'new_code' } }, '5', undefined)).toMatchObject({
      code: 'unexpected',
      retryAfterSeconds: 5,
    })
    expect(toApiError(new TypeError('broken'))).toMatchObject({ code: 'unexpected' })
  })

  test.each([
    [{ installUrl: 'https://app.example/oauth/install' }, 'https://app.example/oauth/install'],
    [{ installUrl: '/oauth/install' }, '/oauth/install'],
    [{ installUrl: 'javascript:alert(1)' }, null],
    [undefined, null],
  ])('When the details are %o, then the link to connect is %s', (details, url) => {
    expect(installUrlOf(fromErrorBody({ error: { code: 'reconnect_required', details } }, '', null))).toBe(
      url,
    )
  })
})
