import { expect, test } from 'vitest'
import { createLogger } from '../../server/logger.ts'
import { openDatabase } from '../../server/storage/database.ts'
import { createTestDatabase } from '../support/test-database.ts'

const logger = createLogger('silent')

async function openTwo() {
  const { url, drop } = await createTestDatabase()
  const open = () => openDatabase({ databaseUrl: url, dataDir: 'unused', logger })
  const [here, there] = await Promise.all([open(), open()])
  const close = async () => {
    await Promise.all([here.close(), there.close()])
    await drop()
  }
  return { here, there, close }
}

test('When another process notifies, then the listener hears it, in a transaction only once that commits', async () => {
  const { here, there, close } = await openTwo()
  const heard: string[] = []
  const first = Promise.withResolvers<void>()
  await here.notifications.listen('news', {
    notified: (payload) => {
      heard.push(payload)
      first.resolve()
    },
  })
  const client = await there.pool.connect()
  await client.query('begin')
  await client.query(`select pg_notify('news', 'undone')`)
  await client.query('rollback')
  client.release()
  await there.pool.query(`select pg_notify('news', 'done')`)
  await first.promise
  expect(heard).toEqual(['done'])
  await close()
})

test('When its connection is cut, then it comes back, says that something may have been missed, and hears again', async () => {
  const { here, there, close } = await openTwo()
  const resumed = Promise.withResolvers<void>()
  const heard = Promise.withResolvers<string>()
  await here.notifications.listen('news', { notified: heard.resolve, resumed: () => resumed.resolve() })
  await there.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'wrapup-notifications' and datname = current_database()`,
  )
  await resumed.promise
  await there.pool.query(`select pg_notify('news', 'after')`)
  expect(await heard.promise).toBe('after')
  await close()
})

test('When somebody stops listening, then they hear no more', async () => {
  const { here, close } = await openTwo()
  const heard: string[] = []
  const stop = await here.notifications.listen('news', {
    notified: (payload) => heard.push(`left ${payload}`),
  })
  const other = Promise.withResolvers<void>()
  await here.notifications.listen('news', {
    notified: (payload) => {
      heard.push(`stayed ${payload}`)
      other.resolve()
    },
  })
  stop()
  await here.pool.query(`select pg_notify('news', '1')`)
  await other.promise
  expect(heard).toEqual(['stayed 1'])
  await close()
})
