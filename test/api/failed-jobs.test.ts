import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { errorBodySchema } from '../../shared/error-contract.ts'
import { failedJobsAnswerSchema } from '../../shared/failed-job-contract.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { hurryJobs } from '../support/hurried-jobs.ts'
import { startWorld, type World } from '../support/world.ts'

const { company, location, user } = seedIds
const patience = { timeout: 10_000, interval: 20 }

describe('failed jobs', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
    await world.sandbox.installFromMarketplace({
      userId: user.owner,
      companyId: company.harbor,
      locationIds: [location.main],
    })
    world.sandbox.faults.add({ path: '/oauth/locationToken', status: 503, times: 100 })
    const requestedAt = world.clock.now() + 60_000
    const payload = { companyId: company.harbor, locationId: location.main, requestedAt }
    await world.sendJob('mint-location', payload, { startAfterSeconds: 3_600 })
    await world.sendJob(
      'mint-location',
      { ...payload, locationId: 'elsewhere' },
      { startAfterSeconds: 3_600 },
    )
    await hurryJobs(world.database)
    const failed = () => world.database.db.execute(sql`select 1 from pgboss.job where name = 'failed-jobs'`)
    await vi.waitUntil(async () => (await failed()).rows.length === 2, patience)
    world.sandbox.faults.clear()
  })
  afterAll(() => world.close())

  const codeOf = (body: unknown) => errorBodySchema.parse(body).error.code

  it('When an ordinary user asks, then it is refused', async () => {
    const rep = await world.as(user.rep)
    const [listed, replayed] = [
      await rep.get('/failed-jobs'),
      await rep.post('/failed-jobs/00000000-0000-4000-8000-000000000000/replay'),
    ]
    expect([listed.status, codeOf(listed.body)]).toEqual([403, 'forbidden'])
    expect([replayed.status, codeOf(replayed.body)]).toEqual([403, 'forbidden'])
    expect((await world.api.get('/api/failed-jobs')).status).toBe(401)
  })

  it('When an admin replays a failed job, then it runs again and is listed no more', async () => {
    const admin = await world.as(user.admin)
    const { failedJobs } = failedJobsAnswerSchema.parse((await admin.get('/failed-jobs')).body)
    expect(failedJobs).toMatchObject([{ name: 'mint-location', code: 'upstream_failed', attempts: 13 }])
    const path = `/failed-jobs/${failedJobs[0]?.id}/replay`
    const mints = () => world.sandbox.calls.filter((call) => call.path === '/oauth/locationToken').length
    const before = mints()
    expect((await admin.post(path)).body).toEqual({ replayed: true })
    await vi.waitFor(() => expect(mints()).toBe(before + 1), patience)
    expect((await admin.get('/failed-jobs')).body).toEqual({ failedJobs: [] })
    const again = await admin.post(path)
    expect([again.status, codeOf(again.body)]).toEqual([404, 'not_found'])
  })

  it.each(['00000000-0000-4000-8000-000000000000', 'not-an-id'])(
    'When the failed job %s is replayed, then there is none',
    async (id) => {
      const admin = await world.as(user.admin)
      expect((await admin.post(`/failed-jobs/${id}/replay`)).status).toBe(404)
    },
  )

  it('When a failed job is another location’s, then it cannot be replayed', async () => {
    const { rows } = await world.database.db.execute(
      sql`select id from pgboss.job where name = 'failed-jobs' and data ->> 'locationId' = 'elsewhere'`,
    )
    const admin = await world.as(user.admin)
    expect((await admin.post(`/failed-jobs/${String(rows[0]?.['id'])}/replay`)).status).toBe(404)
  })
})
