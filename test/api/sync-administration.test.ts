import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuditAnswer } from '../../shared/audit-contract.ts'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { addCrmContact } from '../support/sync-stage.ts'
import { startSyncWorld, syncSettings, type SyncWorld } from '../support/sync-world.ts'

const { location, user } = seedIds

let stage: SyncWorld
beforeAll(async () => {
  stage = await startSyncWorld()
})
afterAll(() => stage.close())
beforeEach(() => stage.restart())

describe('what an admin sees and sets', () => {
  it('When a mapping is previewed, then it says what would be written where, and writes nothing', async () => {
    const { id } = addCrmContact(stage.sandbox, {
      phone: '+14155550171',
      firstName: 'Pia',
      customFields: [{ id: 'cfBorn', value: '03/04/1990' }],
    })
    stage.heymarket.addContact({ phone: '+14155550171', first: 'Pia', last: 'Vance' })
    const born = {
      crmField: 'custom:cfBorn',
      providerField: `custom:${heymarketIds.customField.plan}`,
      transforms: ['date'],
      direction: 'both',
      rule: 'newest',
    }
    const mappings = [...syncSettings.mappings.slice(0, 2), born]
    const answer = await stage.admin.post('/sync/preview').send({ crmContactId: id, mappings })
    expect(answer.body).toMatchObject({
      isMatched: true,
      rows: [
        { crmField: 'firstName', writtenTo: null },
        { crmField: 'lastName', writtenTo: 'crm', result: 'Vance' },
        { crmField: 'custom:cfBorn', isUnreadable: true, writtenTo: null },
      ],
    })
    expect(stage.inCrm('+14155550171')?.lastName).toBe('')
  })

  it('When an admin sees assigned data only, then nothing shows them of the contacts of others', async () => {
    const mine = stage.sandbox.state.users.find(({ id }) => id === user.admin)
    if (!mine) throw new Error('no admin')
    const { id } = addCrmContact(stage.sandbox, { phone: '+14155550171', assignedTo: user.rep })
    mine.permissions.assignedDataOnly = true
    // What is known of a user is asked anew after some minutes.
    stage.clock.advance(10 * 60_000)
    const admin = await stage.as(user.admin)
    const { mappings } = syncSettings
    const refused = [
      await admin.post('/sync/preview').send({ crmContactId: id, mappings }),
      await admin.get('/sync/log'),
      await admin.get('/audit'),
    ]
    mine.permissions.assignedDataOnly = false
    stage.clock.advance(10 * 60_000)
    expect(refused.map(({ status, body }) => [status, body.error?.code])).toEqual(
      refused.map(() => [403, 'forbidden']),
    )
  })

  it.each([
    [{ providerField: 'nickname' }, /no field "nickname"/],
    [{ crmField: 'companyName' }, /can only be read/],
    [{ crmField: 'fullName', providerField: 'displayName' }, /Two rows write/],
  ])('When a mapping is %o, then it is refused and says why', async (change, message) => {
    const [row] = syncSettings.mappings
    const mappings = [
      ...syncSettings.mappings.slice(0, 1),
      { ...row, crmField: 'source', providerField: 'displayName', ...change },
    ]
    const answer = await stage.admin.put('/sync/settings').send({ ...syncSettings, mappings })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({
      error: { code: 'validation', message: expect.stringMatching(message) },
    })
  })

  it('When somebody who is no admin asks, then nothing is told or done', async () => {
    const rep = await stage.as()
    for (const asked of [
      rep.get('/sync'),
      rep.get('/sync/log'),
      rep.post('/sync/runs').send({ kind: 'dry' }),
    ]) {
      expect((await asked).status).toBe(403)
    }
  })

  it('When an admin changes the settings or a run, then it is written down who did it, and what became of it', async () => {
    await stage.saved()
    const run = await stage.run('dry')
    expect((await stage.admin.post(`/sync/runs/${run.id}/state`).send({ action: 'cancel' })).status).toBe(409)
    expect((await stage.admin.post('/sync/log/987654/replay').send({})).status).toBe(404)
    expect((await stage.admin.post('/sync/duplicates/987654').send({ decision: 'apart' })).status).toBe(404)
    const { body } = await stage.admin.get('/audit?limit=5')
    const told = { userId: user.admin, contactId: null }
    expect((body as AuditAnswer).entries).toMatchObject([
      { ...told, action: 'sync.apart', outcome: 'failed', code: 'not_found', reference: '987654' },
      { ...told, action: 'sync.replay', outcome: 'failed', code: 'not_found', reference: '987654' },
      { ...told, action: 'sync.cancel', outcome: 'failed', code: 'conflict', reference: run.id },
      { ...told, action: 'sync.try', outcome: 'done', code: null, reference: run.id },
      { ...told, action: 'sync.save', outcome: 'done', code: null, reference: null },
    ])
  })

  it('When the app leaves the location, then nothing is kept of the people in its links', async () => {
    const kept = async () => {
      const tables = ['sync_links', 'sync_settings', 'sync_runs', 'sync_log', 'sync_snapshots']
      const counts = sql.raw(
        tables.map((table) => `select count(*)::int as rows from ${table}`).join(' union all '),
      )
      return (await stage.database.db.execute(counts)).rows.map(({ rows }) => rows)
    }
    addCrmContact(stage.sandbox, { phone: '+14155550401', firstName: 'Last' })
    await stage.run()
    expect((await kept())[0]).toBeGreaterThan(0)
    stage.sandbox.uninstall({ locationId: location.main })
    await stage.sandbox.settle()
    await vi.waitFor(async () => {
      await stage.sendJob('prune-ledgers', {})
      expect(await kept()).toEqual([0, 0, 0, 0, 0])
    }, 20_000)
  })
})
