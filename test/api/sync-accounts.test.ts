import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SyncRun } from '../../shared/sync-contract.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { addCrmContact, heymarketConnection } from '../support/sync-stage.ts'
import { startSyncWorld, type SyncWorld } from '../support/sync-world.ts'

const { location } = seedIds

let stage: SyncWorld
beforeEach(async () => {
  stage = await startSyncWorld()
})
afterEach(() => stage.close())

describe('the account behind the contacts', () => {
  it('When another account is connected, then links to the old one are forgotten, and a new first run makes them anew', async () => {
    const phone = '+14155550301'
    addCrmContact(stage.sandbox, { phone, firstName: 'Ada' })
    await stage.run()
    expect(stage.there(phone)).toBeDefined()
    const { state } = stage.heymarket
    state.contacts.clear()
    state.team.name = 'Another team'
    await stage.admin.delete('/providers/heymarket')
    await stage.admin.put('/providers/heymarket').send(heymarketConnection(stage.heymarket))
    await stage.sendJob('sync-daily', {})
    await stage.soon(async () =>
      expect(await stage.overview()).toMatchObject({ firstRunAt: null, linkedCount: 0 }),
    )
    expect(stage.there(phone)).toBeUndefined()
    await stage.run()
    expect(stage.there(phone)?.first).toBe('Ada')
  })

  it('When the same account is connected again, then its links are kept', async () => {
    addCrmContact(stage.sandbox, { phone: '+14155550302', firstName: 'Bo' })
    await stage.run()
    await stage.admin.delete('/providers/heymarket')
    await stage.admin.put('/providers/heymarket').send(heymarketConnection(stage.heymarket))
    expect(await stage.run()).toMatchObject({ counts: { same: 1, createInProvider: 0 } })
  })

  it('When the team is renamed over there and the settings are saved, then it is the same account, and links are kept', async () => {
    addCrmContact(stage.sandbox, { phone: '+14155550305', firstName: 'Flo' })
    await stage.run()
    stage.heymarket.state.team.name = 'The same team, renamed'
    const { carrier, settings } = heymarketConnection(stage.heymarket)
    expect((await stage.admin.put('/providers/heymarket').send({ carrier, settings })).status).toBe(200)
    await stage.sendJob('sync-daily', {})
    await stage.soon(async () => expect((await stage.overview()).lastRun).toMatchObject({ origin: 'daily' }))
    expect(await stage.endedRun()).toMatchObject({ state: 'done', counts: { same: 1 } })
    expect(await stage.overview()).toMatchObject({ firstRunAt: expect.any(String), linkedCount: 1 })
  })
})

describe('a run that cannot go on', () => {
  const start = async () =>
    ((await stage.admin.post('/sync/runs').send({ kind: 'real' })).body as { run: SyncRun }).run

  it('When the system is disconnected in the middle, then the run ends and says so, and is not tried again', async () => {
    for (let place = 0; place < 200; place += 1) {
      addCrmContact(stage.sandbox, { phone: `+1415556${String(place).padStart(4, '0')}`, firstName: 'Cy' })
    }
    const slow = stage.heymarket.faults.add({
      method: 'POST',
      path: '/v1/contact',
      delayMs: 20,
      times: 1_000,
    })
    const { id } = await start()
    await stage.soon(() => expect(slow.hits()).toBeGreaterThan(0))
    await stage.admin.post(`/sync/runs/${id}/state`).send({ action: 'pause' })
    await stage.admin.delete('/providers/heymarket')
    await stage.admin.post(`/sync/runs/${id}/state`).send({ action: 'resume' })
    expect(await stage.endedRun()).toMatchObject({ id, state: 'failed', problem: 'conflict' })
    const waiting = sql`select 1 from pgboss.job where name = 'sync-run' and state in ('created', 'active')`
    await stage.database.db.execute(
      sql`update pgboss.job set start_after = now() where name = 'sync-run' and state = 'retry'`,
    )
    await stage.soon(async () => {
      const open = sql`select 1 from pgboss.job where name = 'sync-run' and state = 'retry'`
      expect((await stage.database.db.execute(open)).rows).toEqual([])
      expect((await stage.database.db.execute(waiting)).rows).toEqual([])
    })
    expect(stage.recorder.logs.filter((line) => line.includes('"job":"sync-run"'))).toHaveLength(1)
  })

  it('When the job of a run was given up, then the run is gone on with by itself', async () => {
    addCrmContact(stage.sandbox, { phone: '+14155550303', firstName: 'Di' })
    const at = new Date(stage.clock.now()).toISOString()
    const counts = JSON.stringify((await stage.overview()).lastRun?.counts)
    await stage.database.db.execute(sql`
      insert into sync_runs (id, location_id, kind, origin, state, stage, counts, problem, started_at, updated_at)
      values (${randomUUID()}, ${location.main}, 'real', 'daily', 'running', 'reading_provider', ${counts}::jsonb,
        'upstream_unavailable', ${at}, ${at})`)
    stage.clock.advance(3 * 3_600_000)
    await stage.restart()
    await stage.sendJob('sync-polls', {})
    expect(await stage.endedRun()).toMatchObject({ state: 'done', problem: null })
    expect(stage.there('+14155550303')).toBeDefined()
  })

  it('When a run was paused and forgotten, then it ends after a week, with all that it had read', async () => {
    addCrmContact(stage.sandbox, { phone: '+14155550304', firstName: 'Eli' })
    stage.sandbox.faults.add({ path: '/contacts/search', delayMs: 500 })
    const { id } = await start()
    expect((await stage.admin.post(`/sync/runs/${id}/state`).send({ action: 'pause' })).status).toBe(200)
    stage.clock.advance(6 * 24 * 3_600_000)
    await stage.restart()
    await stage.sendJob('prune-ledgers', {})
    await stage.soon(async () => {
      const open = sql`select 1 from pgboss.job where name = 'prune-ledgers' and state <> 'completed'`
      expect((await stage.database.db.execute(open)).rows).toEqual([])
    })
    expect((await stage.overview()).lastRun).toMatchObject({ id, state: 'paused' })
    stage.clock.advance(2 * 24 * 3_600_000)
    await stage.restart()
    await stage.sendJob('prune-ledgers', {})
    expect(await stage.endedRun()).toMatchObject({ id, state: 'cancelled' })
    const read = await stage.database.db.execute(sql`select 1 from sync_snapshots`)
    expect(read.rows).toEqual([])
    expect(await stage.run()).toMatchObject({ state: 'done' })
  })

  it('When the end of a first run cannot be written down, then it is not over, and changes travel once it is', async () => {
    const execute = (query: string) => stage.database.db.execute(sql.raw(query))
    await execute('update sync_settings set first_run_at = null')
    await execute(`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'refused'; end $$`)
    await execute(`create trigger refuses before update on sync_settings for each row
      when (new.first_run_at is not null) execute function refuse()`)
    const { id } = await start()
    await stage.soon(async () =>
      expect((await stage.overview()).lastRun).toMatchObject({ id, state: 'running', problem: 'internal' }),
    )
    await execute('drop trigger refuses on sync_settings')
    await execute(`update pgboss.job set start_after = now() where name = 'sync-run' and state = 'retry'`)
    expect(await stage.endedRun()).toMatchObject({ id, state: 'done', problem: null })
    expect((await stage.overview()).firstRunAt).not.toBeNull()
  })
})
