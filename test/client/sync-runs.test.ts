import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { SyncLogEntry } from '../../shared/sync-contract.ts'
import { failure, ok } from './fake-server.ts'
import { button, element, eventually, textsOf } from './page-harness.ts'
import { chooseIn as choose, connected, openSettings, run } from './sync-page.ts'

const failedEntry: SyncLogEntry = {
  id: 9,
  at: '2026-11-20T10:00:00.000Z',
  origin: 'run',
  action: 'create',
  target: 'provider',
  state: 'failed',
  reason: 'new_contact',
  crmContactId: 'con-1',
  providerContactId: null,
  fields: [{ field: 'tag:d', writtenTo: null, reason: 'no_room' }],
  isConflict: false,
  code: 'rejected',
}

describe('runs of the contact sync in the settings', () => {
  let close = () => {}
  // Translating the page takes longer than the page should take to show it.
  beforeAll(() => import('../../client/views/SettingsView.vue'))
  afterEach(() => close())
  const section = () => textsOf('#settings-sync').join()
  const entries = () => textsOf('ul[aria-label="Sync log"] li')

  test('When a dry run is over, then it says what a real one would do, and a real one asks first', async () => {
    const page = await openSettings()
    close = page.close
    await eventually(() => expect(textsOf('#settings-sync').join()).toContain('Dry run: Done'))
    expect(textsOf('#settings-sync dt')).toContain('Of these, changed on both sides')
    expect(textsOf('#settings-sync dd')).toContain('1,130')
    expect(textsOf('#settings-sync').join()).toContain('Nothing was changed.')
    page.server.on('POST /api/sync/runs', () => {
      page.server.on(
        'GET /api/sync',
        ok({ ...connected, lastRun: { ...run, kind: 'real', state: 'running' } }),
      )
      return ok({ run }, 201)
    })
    button('Sync now').click()
    await eventually(() => element('[role="alertdialog"]'))
    expect(page.server.callsTo('POST /api/sync/runs')).toEqual([])
    expect(element('[role="alertdialog"]').textContent).toContain(
      '3 contacts would be made in the CRM, 4 contacts in Heymarket, and 5 contacts changed.',
    )
    const answers = [...document.querySelectorAll<HTMLElement>('[role="alertdialog"] button')]
    answers.find(({ textContent }) => textContent?.trim() === 'Sync now')?.click()
    await eventually(() => button('Pause'))
    expect(page.server.callsTo('POST /api/sync/runs')[0]?.body).toEqual({ kind: 'real' })
  })

  test('When contacts may be one person, then somebody says which two are', async () => {
    const page = await openSettings()
    close = page.close
    page.server.on('POST /api/sync/duplicates/5', ok({ ...connected, duplicates: [] }))
    // People know contacts by name, not by id.
    await eventually(() =>
      expect(element('#settings-sync option[value="con-2"]').textContent).toContain('Marisol Vega'),
    )
    choose('Contact in the CRM', 'con-2')
    button('Same person').focus()
    button('Same person').click()
    await eventually(() => expect(textsOf('#settings-sync h3')).not.toContain('Possible duplicates'))
    expect(page.server.callsTo('POST /api/sync/duplicates/5')[0]?.body).toEqual({
      decision: 'link',
      crmContactId: 'con-2',
      providerContactId: '77',
    })
  })

  test('When something was not synced, then the log says why, and it is tried again', async () => {
    const page = await openSettings()
    close = page.close
    page.server.on('GET /api/sync/log', ok({ entries: [failedEntry], nextCursor: null }))
    page.server.on('POST /api/sync/log/9/replay', ok({ replayed: true }))
    await eventually(() => button('Show the log').click())
    await eventually(() =>
      expect(entries().join()).toMatch(/Not synced to Heymarket.*tag d \(no room, Heymarket takes 5 tags\)/s),
    )
    // A code does not say which of the two refused it.
    expect(entries().join()).toContain('Heymarket or the CRM did not accept it.')
    element('ul[aria-label="Sync log"] button').click()
    await eventually(() => expect(section()).toContain('On its way again.'))

    const done = { ...failedEntry, at: '2026-11-20T10:05:00.000Z', state: 'done', code: null }
    page.server.on('GET /api/sync/log', ok({ entries: [done], nextCursor: null }))
    button('Refresh').click()
    await eventually(() => expect(entries().join()).toContain('Made in Heymarket'))
    expect(section()).not.toContain('On its way again.')
  })

  test('When the log cannot be read, then it says so and tries again; and an empty filter is no empty log', async () => {
    const page = await openSettings()
    close = page.close
    page.server.on('GET /api/sync/log', failure('upstream_unavailable', 503))
    await eventually(() => button('Show the log').click())
    await eventually(() => expect(section()).toContain('The log could not be read.'))
    expect(document.querySelector('#settings-sync .skeleton')).toBeNull()
    page.server.on('GET /api/sync/log', ({ params }) =>
      ok({ entries: params['only'] === 'failed' ? [] : [failedEntry], nextCursor: 'next' }),
    )
    element<HTMLButtonElement>('#settings-sync [role="alert"] button').click()
    await eventually(() => expect(entries()).toHaveLength(1))
    const filter = element<HTMLSelectElement>('#settings-sync option[value="failed"]').closest('select')
    if (filter) filter.value = 'failed'
    filter?.dispatchEvent(new Event('change'))
    await eventually(() => expect(section()).toContain('There is nothing of this kind.'))
    expect(section()).not.toContain('Nothing was synced yet.')
  })

  test('When a run ends, then the log is read again; and more is asked for once', async () => {
    const page = await openSettings({ ...connected, lastRun: { ...run, state: 'paused' } })
    close = page.close
    const asked = () => page.server.callsTo('GET /api/sync/log')
    page.server.on('GET /api/sync/log', ({ params }) =>
      ok(
        params['cursor'] === 'next'
          ? { entries: [{ ...failedEntry, id: 8 }], nextCursor: null }
          : { entries: [failedEntry], nextCursor: 'next' },
      ),
    )
    await eventually(() => button('Show the log').click())
    await eventually(() => button('Show more').click())
    button('Show more').click()
    await eventually(() => expect(entries()).toHaveLength(2))
    expect(asked()).toHaveLength(2)
    page.server.on('POST /api/sync/runs/:id/state', ok({ run }))
    page.server.on('GET /api/sync', ok(connected))
    button('Cancel run').click()
    await eventually(() => expect(asked()).toHaveLength(3))
    // What was read already stays below the newest.
    await eventually(() => expect(entries()).toHaveLength(2))
  })

  test('When a look at a run fails, then what is on the page stays', async () => {
    const page = await openSettings({ ...connected, lastRun: { ...run, state: 'paused' } })
    close = page.close
    await eventually(() => choose('When both changed', 'crm'))
    page.server.on('POST /api/sync/runs/:id/state', failure('conflict', 409))
    page.server.on('GET /api/sync', failure('upstream_unavailable', 503))
    button('Resume').click()
    await eventually(() =>
      expect(section()).toContain('The run was not changed. It was changed in the meantime'),
    )
    await eventually(() => expect(page.server.callsTo('GET /api/sync').length).toBeGreaterThan(1))
    expect(element<HTMLSelectElement>('select[aria-label="When both changed"]').value).toBe('crm')
  })

  test('When a run starts or a row is removed, then the keyboard goes on close by', async () => {
    const page = await openSettings()
    close = page.close
    page.server.on('POST /api/sync/runs', () => {
      page.server.on('GET /api/sync', ok({ ...connected, lastRun: { ...run, state: 'paused' } }))
      return ok({ run }, 201)
    })
    await eventually(() => button('Dry run').focus())
    button('Dry run').click()
    await eventually(() => expect(document.activeElement).toBe(button('Resume')))
    button('Remove field Field firstName').focus()
    button('Remove field Field firstName').click()
    await eventually(() => expect(document.activeElement).toBe(button('Add field')))
  })

  test('When no dry run was made, then the question before a real run says so', async () => {
    close = (await openSettings({ ...connected, lastRun: null })).close
    await eventually(() => button('Sync now').click())
    await eventually(() =>
      expect(element('[role="alertdialog"]').textContent).toContain('No dry run has told'),
    )
  })
})
