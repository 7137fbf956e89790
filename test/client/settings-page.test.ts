import { afterEach, describe, expect, test } from 'vitest'
import type { FailedJob } from '../../shared/failed-job-contract.ts'
import { failure, ok } from './fake-server.ts'
import { button, createStandardServer, element, eventually, openPage, textsOf } from './page-harness.ts'
import { me, sampleSession } from './sample-data.ts'

const installation = {
  locationId: 'location-1',
  locationName: 'Blue Mesa',
  installedAt: '2026-10-01T10:00:00Z',
  scopes: ['contacts.readonly', 'contacts.write'],
  missingScopes: ['locations/tags.readonly'],
  viaAgency: true,
  installUrl: 'https://app.example/oauth/install',
}

async function openSettings(server = createStandardServer(), failedJobs: FailedJob[] = []) {
  server.on('GET /api/installation', ok({ installation }))
  server.on('GET /api/failed-jobs', ok({ failedJobs }))
  return openPage({ path: '/settings', server })
}

async function answerQuestion(name: string) {
  await eventually(() => element('[role="alertdialog"]'))
  const choices = [...document.querySelectorAll<HTMLElement>('[role="alertdialog"] button')]
  choices.find((choice) => choice.textContent?.trim() === name)?.click()
}

describe('settings', () => {
  let close = () => {}
  afterEach(() => close())

  test('When an admin opens them, then the connection and what it lacks are shown', async () => {
    const page = await openSettings()
    close = page.close
    await eventually(() =>
      expect(textsOf('dd')).toEqual([
        'Blue Mesa',
        expect.stringContaining('2026'),
        'The agency',
        '2 granted',
      ]),
    )
    expect(element('[role="alert"]').textContent).toContain('cannot work without: locations/tags.readonly')
  })

  test('When an admin disconnects, then it asks first, and then the page offers to connect again', async () => {
    const server = createStandardServer()
    const page = await openSettings(server)
    close = page.close
    server.on('DELETE /api/installation', () => {
      server.on(
        'POST /api/session',
        failure('reconnect_required', 409, { installUrl: installation.installUrl }),
      )
      return { status: 204 }
    })
    await eventually(() => button('Disconnect').click())
    await answerQuestion('Cancel')
    expect(server.callsTo('DELETE /api/installation')).toEqual([])
    await eventually(() => expect(document.querySelector('[role="alertdialog"]')).toBeNull())
    button('Disconnect').click()
    await answerQuestion('Disconnect')
    await eventually(() =>
      expect(element<HTMLAnchorElement>('[role="alert"] a').href).toBe('https://app.example/oauth/install'),
    )
    expect(server.callsTo('DELETE /api/installation')).toHaveLength(1)
  })

  test('When disconnecting fails, then it says why and the connection stays', async () => {
    const server = createStandardServer()
    const page = await openSettings(server)
    close = page.close
    server.on('DELETE /api/installation', failure('upstream_unavailable', 503))
    await eventually(() => button('Disconnect').click())
    await answerQuestion('Disconnect')
    await eventually(() => expect(textsOf('[role="alert"]').join()).toContain('Wrapup was not disconnected.'))
    expect(page.session.state).toEqual({ status: 'ready' })
  })

  test('When background work failed for good, then an admin sees what and why, and starts it again', async () => {
    const server = createStandardServer()
    const failed: FailedJob = {
      id: 'job-1',
      name: 'process-webhooks',
      failedAt: '2026-11-20T10:00:00.000Z',
      code: 'upstream_unavailable',
      attempts: 13,
    }
    const page = await openSettings(server, [failed, { ...failed, id: 'job-2', code: 'interrupted' }])
    close = page.close
    const rows = () => textsOf('ul[aria-label="Failed background work"] li')
    await eventually(() =>
      expect(rows()).toEqual([
        expect.stringMatching(/Take in a change from the CRM.*after 13 tries.*could not be reached/),
        expect.stringContaining('Wrapup was stopped while it worked on this.'),
      ]),
    )
    server.on('POST /api/failed-jobs/job-1/replay', failure('upstream_unavailable', 503))
    const again = () => button('Try again: Take in a change from the CRM')
    again().click()
    await eventually(() => expect(textsOf('[role="alert"]').join()).toContain('was not started again'))
    expect(rows()).toHaveLength(2)

    server.on('POST /api/failed-jobs/job-1/replay', ok({ replayed: true }))
    again().focus()
    again().click()
    await eventually(() => expect(rows()).toHaveLength(1))
    expect(textsOf('[role="status"]').join()).toContain('on its way again')
    expect(document.activeElement?.textContent).toBe('Failed background work')
  })

  test('When nothing failed, then the settings do not speak of it', async () => {
    const page = await openSettings()
    close = page.close
    await eventually(() => expect(page.server.callsTo('GET /api/failed-jobs')).toHaveLength(1))
    expect(document.body.textContent).not.toContain('Failed background work')
  })

  test('When somebody who is no admin opens them, then nothing is asked or shown', async () => {
    const server = createStandardServer()
    const user = { ...me, role: 'user' as const, assignedDataOnly: true }
    server.on('POST /api/session', () => ok(sampleSession({ user })))
    const page = await openSettings(server)
    close = page.close
    await eventually(() => expect(document.body.textContent).toContain('Only admins can see the connection.'))
    expect(server.callsTo('GET /api/installation')).toEqual([])
    expect(server.callsTo('GET /api/failed-jobs')).toEqual([])
    expect(document.querySelector('a[aria-label="Settings"]')).toBeNull()
  })
})
