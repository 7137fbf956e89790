import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createInstallStage, type InstallStage } from '../support/install-stage.ts'
import { startWorld, type World } from '../support/world.ts'

const { company, location, user } = seedIds

let world: World
let stage: InstallStage
beforeEach(async () => {
  world = await startWorld()
  stage = createInstallStage(world)
})
afterEach(() => world.close())

describe('uninstall', () => {
  /** The status of a new session, once what was told has been worked on. */
  const statusAfterEvents = async (userId: string, locationId: string) => {
    await world.sandbox.settle()
    await vi.waitFor(async () => expect(await stage.unprocessedCount()).toBe(0), 5_000)
    return stage.sessionStatus(userId, locationId)
  }

  it('When it is uninstalled, then old sessions end, and a reinstall does not bring them back', async () => {
    await world.installed()
    const rep = await world.as()
    world.clock.advance(60_000)
    world.sandbox.uninstall({ locationId: location.main })
    expect(await statusAfterEvents(user.rep, location.main)).toBe(409)
    expect((await rep.get('/tags')).body).toMatchObject({ error: { code: 'reconnect_required' } })

    world.clock.advance(60_000)
    await world.installed()
    expect((await rep.get('/tags')).status).toBe(409)
    expect((await (await world.as()).get('/tags')).status).toBe(200)
  })

  it('When an UNINSTALL from before the reinstall comes late, then it is ignored', async () => {
    await world.installed()
    world.clock.advance(60_000)
    world.sandbox.webhooks.hold()
    world.sandbox.uninstall({ locationId: location.main })
    world.clock.advance(60_000)
    await world.installed()
    await world.sandbox.webhooks.release('reversed')
    await world.sandbox.settle()
    await vi.waitFor(async () => expect(await stage.unprocessedCount()).toBe(0), 5_000)
    expect(await stage.sessionStatus(user.rep, location.main)).toBe(200)
  })

  it('When UNINSTALL overtakes its INSTALL, then the sub-account stays out', async () => {
    await stage.installByAgency(location.main)
    world.clock.advance(60_000)
    world.sandbox.webhooks.hold()
    world.sandbox.installFutureLocation(location.kolkata, { withCompanyId: true })
    world.clock.advance(60_000)
    world.sandbox.uninstall({ locationId: location.kolkata })
    await world.sandbox.webhooks.release('reversed')
    await vi.waitFor(async () => expect(await stage.unprocessedCount()).toBe(0), 5_000)
    expect(await stage.sessionStatus(user.kolkataAdmin, location.kolkata)).toBe(409)
  })

  it('When the agency uninstalls, then all its sub-accounts are out', async () => {
    await stage.installByAgency(location.main, location.berlin)
    world.clock.advance(60_000)
    world.sandbox.uninstall({ companyId: company.harbor })
    expect(await statusAfterEvents(user.rep, location.main)).toBe(409)
    expect(await statusAfterEvents(user.berlinRep, location.berlin)).toBe(409)
  })

  it('When an admin disconnects, then the CRM no longer has the app, and the session ends', async () => {
    await world.installed()
    const admin = await world.as(user.admin)
    const shown = await admin.get('/installation')
    expect(shown.body).toMatchObject({
      installation: { locationId: location.main, viaAgency: false, missingScopes: [] },
    })
    expect((await admin.delete('/installation')).status).toBe(204)
    expect(world.sandbox.state.installs).toEqual([])
    expect((await admin.get('/tags')).body).toMatchObject({ error: { code: 'reconnect_required' } })
  })

  it('When the CRM refuses to disconnect, then the reason is said and everything stays', async () => {
    await world.installed()
    const admin = await world.as(user.admin)
    world.sandbox.faults.add({
      method: 'DELETE',
      path: /^\/marketplace\/app\//,
      status: 403,
      body: { message: 'internal words' },
    })
    const answer = await admin.delete('/installation')
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('marketplace')
    expect(answer.text).not.toContain('internal words')
    expect((await admin.get('/tags')).status).toBe(200)
  })

  it('When an ordinary user asks for the connection, then they may neither see nor end it', async () => {
    await world.installed()
    const rep = await world.as()
    expect((await rep.get('/installation')).status).toBe(403)
    expect((await rep.delete('/installation')).status).toBe(403)
    expect(world.sandbox.state.installs).toHaveLength(1)
  })
})
