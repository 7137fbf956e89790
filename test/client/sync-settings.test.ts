import { afterEach, describe, expect, test } from 'vitest'
import type { SyncAnswer, SyncRun } from '../../shared/sync-contract.ts'
import { failure, ok } from './fake-server.ts'
import {
  button,
  createStandardServer,
  element,
  eventually,
  noSync,
  openPage,
  textsOf,
} from './page-harness.ts'

const run: SyncRun = {
  id: '7d3c7f0e-9d0c-4c5e-8f43-2f1f6f6c2a11',
  kind: 'dry',
  state: 'done',
  stage: 'applying',
  origin: 'person',
  counts: {
    readInProvider: 40,
    readInCrm: 50,
    createInCrm: 3,
    createInProvider: 4,
    update: 5,
    conflict: 2,
    skip: 1,
    duplicate: 1,
    same: 30,
    done: 0,
    failed: 0,
  },
  problem: null,
  startedAt: '2026-11-20T10:00:00.000Z',
  finishedAt: '2026-11-20T10:01:00.000Z',
}

const connected: SyncAnswer = {
  ...noSync,
  isConnected: true,
  settings: {
    ...noSync.settings,
    mappings: [
      {
        crmField: 'firstName',
        providerField: 'firstName',
        transforms: ['trim'],
        direction: 'both',
        rule: 'newest',
      },
    ],
  },
  linkedCount: 30,
  lastRun: run,
  duplicates: [
    { id: 5, crmContactIds: ['con-1', 'con-2'], providerContactIds: ['77'], reason: 'same_phone' },
  ],
}
const names = (...keys: string[]) => keys.map((key) => ({ key, name: `Field ${key}`, isReadOnly: false }))

async function openSettings(answer: SyncAnswer = connected, server = createStandardServer()) {
  server.on('GET /api/installation', failure('upstream_unavailable', 503))
  server.on('GET /api/failed-jobs', ok({ failedJobs: [] }))
  server.on('GET /api/sync', ok(answer))
  server.on(
    'GET /api/sync/fields',
    ok({ crm: names('firstName', 'email'), provider: names('firstName', 'email') }),
  )
  server.on('GET /api/contacts', ok({ contacts: [{ id: 'con-9', name: 'Maya Okafor' }], nextCursor: null }))
  return openPage({ path: '/settings', server })
}

function choose(label: string, value: string): void {
  const select = element<HTMLSelectElement>(`#settings-sync select[aria-label="${label}"]`)
  select.value = value
  select.dispatchEvent(new Event('change'))
}

describe('contact sync in the settings', () => {
  let close = () => {}
  afterEach(() => close())

  test('When nothing with contacts is connected, then it says so, and that BulkSMS has none', async () => {
    close = (await openSettings(noSync)).close
    await eventually(() => expect(textsOf('#settings-sync').join()).toContain('Connect Heymarket above'))
    expect(textsOf('#settings-sync').join()).toContain('BulkSMS has no contacts of its own')
    expect(document.querySelector('#settings-sync form')).toBeNull()
  })

  test('When rules are changed and saved, then the whole settings go to the server', async () => {
    const page = await openSettings()
    close = page.close
    page.server.on('PUT /api/sync/settings', (call) => ok({ ...connected, settings: call.body }))
    await eventually(() => element('#settings-sync select[aria-label="When both changed"]'))
    choose('When both changed', 'crm')
    choose('Written as', 'upper')
    element<HTMLInputElement>('#settings-sync input[type="checkbox"]').click()
    button('Save').click()
    await eventually(() => expect(textsOf('#settings-sync [role="status"]').join()).toContain('Saved.'))
    expect(page.server.callsTo('PUT /api/sync/settings')[0]?.body).toMatchObject({
      enabled: true,
      mappings: [{ crmField: 'firstName', rule: 'crm', transforms: ['upper'] }],
    })
  })

  test('When a mapping is previewed on a contact, then it says what would be written where', async () => {
    const page = await openSettings()
    close = page.close
    const row = { crmField: 'firstName', providerField: 'firstName', crmValue: 'Maya', providerValue: '' }
    const rows = [{ ...row, result: 'MAYA', writtenTo: 'provider', isUnreadable: false }]
    page.server.on('POST /api/sync/preview', ok({ isMatched: false, rows }))
    await eventually(() => element('#settings-sync option[value="con-9"]'))
    choose('Contact', 'con-9')
    await eventually(() => expect(button('Preview').disabled).toBe(false))
    button('Preview').click()
    await eventually(() =>
      expect(textsOf('ul[aria-label="Preview"] li')).toEqual([
        'Field firstName “MAYA” is written to Heymarket',
      ]),
    )
  })

  test('When a dry run is over, then it says what a real one would do, and a real one asks first', async () => {
    const page = await openSettings()
    close = page.close
    await eventually(() => expect(textsOf('#settings-sync').join()).toContain('Dry run: Done'))
    expect(textsOf('#settings-sync dt')).toContain('Of these, changed on both sides')
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
    const answers = [...document.querySelectorAll<HTMLElement>('[role="alertdialog"] button')]
    answers.find(({ textContent }) => textContent?.trim() === 'Sync now')?.click()
    await eventually(() => button('Pause'))
    expect(page.server.callsTo('POST /api/sync/runs')[0]?.body).toEqual({ kind: 'real' })
  })

  test('When contacts may be one person, then somebody says which two are', async () => {
    const page = await openSettings()
    close = page.close
    page.server.on('POST /api/sync/duplicates/5', ok({ ...connected, duplicates: [] }))
    await eventually(() => element('#settings-sync option[value="con-2"]'))
    choose('Contact in the CRM', 'con-2')
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
    const entry = {
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
    page.server.on('GET /api/sync/log', ok({ entries: [entry], nextCursor: null }))
    page.server.on('POST /api/sync/log/9/replay', ok({ replayed: true }))
    await eventually(() => button('Show the log').click())
    await eventually(() =>
      expect(textsOf('ul[aria-label="Sync log"] li').join()).toMatch(
        /Not synced to Heymarket.*tag d \(no room, Heymarket takes 5 tags\)/s,
      ),
    )
    element('ul[aria-label="Sync log"] button').click()
    await eventually(() => expect(textsOf('#settings-sync').join()).toContain('On its way again.'))
  })
})
