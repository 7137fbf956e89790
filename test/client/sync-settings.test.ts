import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { SyncAnswer } from '../../shared/sync-contract.ts'
import { ok } from './fake-server.ts'
import { button, element, eventually, noSync, textsOf } from './page-harness.ts'
import { chooseIn as choose, connected, openSettings } from './sync-page.ts'

describe('contact sync in the settings', () => {
  let close = () => {}
  // Translating the page takes longer than the page should take to show it.
  beforeAll(() => import('../../client/views/SettingsView.vue'))
  afterEach(() => close())
  const section = () => textsOf('#settings-sync').join()

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
    await eventually(() => expect(button('Preview').getAttribute('aria-disabled')).toBe('false'))
    button('Preview').click()
    await eventually(() =>
      expect(textsOf('ul[aria-label="Preview"] li')).toEqual([
        'Field firstName “MAYA” is written to Heymarket',
      ]),
    )
  })

  test('When settings were changed and not saved, then a run waits for it: it goes by what is saved', async () => {
    const page = await openSettings()
    close = page.close
    await eventually(() => element('#settings-sync select[aria-label="When both changed"]'))
    choose('When both changed', 'crm')
    await eventually(() => expect(section()).toContain('Save your changes first'))
    expect(section()).toContain('You have changes that are not saved.')
    button('Dry run').click()
    button('Sync now').click()
    expect(document.querySelector('[role="alertdialog"]')).toBeNull()
    expect(page.server.callsTo('POST /api/sync/runs')).toEqual([])

    // As a server may store it: the same parts in another order, and tidied.
    page.server.on('PUT /api/sync/settings', ({ body }) => {
      const settings = Object.fromEntries(Object.entries({ ...(body as object) }).toReversed())
      return ok({ ...connected, settings: { ...settings, newContactTag: 'tidied' } })
    })
    button('Save').click()
    await eventually(() => expect(section()).toContain('Saved.'))
    expect(section()).not.toContain('Save your changes first')
  })

  test('When fields cannot go together, then each row says why, and a new row takes what is free', async () => {
    const page = await openSettings()
    close = page.close
    await eventually(() => button('Add field').click())
    const crmFields = () => [
      ...document.querySelectorAll<HTMLSelectElement>('[aria-label="Field in the CRM"]'),
    ]
    await eventually(() => expect(crmFields().map(({ value }) => value)).toEqual(['firstName', 'email']))
    expect(section()).not.toContain('Two rows write')
    const [, second] = crmFields()
    if (second) second.value = 'firstName'
    second?.dispatchEvent(new Event('change'))
    await eventually(() =>
      expect(section()).toContain('Two rows write to “Field firstName”: keep one of them.'),
    )
    expect(crmFields()[1]?.getAttribute('aria-invalid')).toBe('true')
  })

  test('When a mapped field is no longer there, then the row shows it and says so', async () => {
    const gone = { ...connected.settings.mappings[0], providerField: 'custom:77' }
    const settings = { ...connected.settings, mappings: [gone] }
    close = (await openSettings({ ...connected, settings } as SyncAnswer)).close
    await eventually(() => expect(section()).toContain('There is no field “custom:77” any more'))
    const select = element<HTMLSelectElement>('[aria-label="Field in Heymarket"]')
    expect(select.selectedOptions[0]?.textContent?.trim()).toBe('77')
  })

  test('When a mapping is changed after its preview, then the preview is gone', async () => {
    const page = await openSettings()
    close = page.close
    page.server.on('POST /api/sync/preview', ok({ isMatched: false, rows: [] }))
    await eventually(() => element('#settings-sync option[value="con-9"]'))
    choose('Contact', 'con-9')
    await eventually(() => expect(button('Preview').getAttribute('aria-disabled')).toBe('false'))
    button('Preview').click()
    await eventually(() => expect(section()).toContain('Heymarket does not have this contact yet.'))
    choose('When both changed', 'crm')
    await eventually(() => expect(section()).not.toContain('Heymarket does not have this contact yet.'))
  })
})
