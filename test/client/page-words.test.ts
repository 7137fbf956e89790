import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fromErrorBody, installUrlOf, toApiError, toFailureCode } from '../../client/api/api-error.ts'
import { syncReason } from '../../client/composables/sync-reason.ts'
import { jobFailureReason } from '../../client/composables/useFailedJobs.ts'
import { settingsTexts } from '../../client/settings-texts.ts'
import { failureReason } from '../../client/texts.ts'
import type { ScheduledJobName } from '../../server/jobs/job-map.ts'
import { jobOptions } from '../../server/jobs/job-options.ts'
import { errorStatus } from '../../shared/error-codes.ts'

/** Everything that the page is made of. */
const clientFiles = readdirSync('client', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|vue|html)$/.test(name))
  .map((name) => join('client', name))

/** A location's own jobs: those that its admins see when they are given up. */
const ofNoLocation: ReadonlySet<string> = new Set<ScheduledJobName | 'install-locations'>([
  'install-locations',
  'refresh-idle-installations',
  'settle-messages',
  'sweep-locations',
  'sync-polls',
  'sync-daily',
  'read-all-opt-outs',
  'follow-provider-messages',
  'check-providers',
  'prune-ledgers',
  'read-all-replies',
  'resume-automations',
])

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
    expect(clientFiles).toContain('client/sync-texts.ts')
    const withoutComments = (file: string) =>
      readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|^\s*\/\/.*$/gm, '')
    const naming = clientFiles.filter((file) =>
      /high\s?level|\bghl\b|lead\s?connector/i.test(withoutComments(file)),
    )
    expect(naming).toEqual([])
  })

  test('When work of a sub-account is given up, then it has a name that people understand', () => {
    const shown = Object.keys(jobOptions).filter((name) => !ofNoLocation.has(name))
    const unnamed = shown.filter((name) => settingsTexts.failedJobs.what(name) === name.replaceAll('-', ' '))
    expect(unnamed).toEqual([])
  })

  test.each(['rejected', 'upstream_unavailable', 'rate_limited', 'conflict'] as const)(
    'When something between two systems fails with %s, then the page does not say that it was the CRM',
    (code) => {
      for (const reason of [syncReason(code), jobFailureReason(code)]) {
        expect(reason).toMatch(/^[A-Z].*\.$/)
        expect(reason).not.toBe(failureReason({ code }))
        expect(reason).not.toMatch(/^The CRM (?!or)/)
      }
    },
  )

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
