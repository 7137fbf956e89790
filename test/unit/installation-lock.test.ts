import { sql } from 'drizzle-orm'
import { expect, it, onTestFinished } from 'vitest'
import { createInstallationCache } from '../../server/installations/installation-cache.ts'
import { createInstallationRepository } from '../../server/installations/installation-repository.ts'
import { createLogger } from '../../server/logger.ts'
import { openDatabase } from '../../server/storage/database.ts'
import { createTestDatabase } from '../support/test-database.ts'

it('When an installation is locked, then the database frees it by itself should its process freeze', async () => {
  const testDatabase = await createTestDatabase()
  const logger = createLogger('silent')
  const database = await openDatabase({ databaseUrl: testDatabase.url, dataDir: '', logger })
  onTestFinished(async () => {
    await database.close()
    await testDatabase.drop()
  })
  const limits: unknown[] = []
  const repository = createInstallationRepository({
    db: database.db,
    cache: createInstallationCache(),
    statusChanged: async (_change, transaction) => {
      const setting = sql`select current_setting('idle_in_transaction_session_timeout') as value`
      limits.push((await transaction?.execute(setting))?.rows[0]?.['value'])
    },
  })
  const at = new Date()
  await repository.save(
    {
      id: 'a',
      kind: 'location',
      locationId: 'somewhere',
      status: 'active',
      installedAt: at,
      createdAt: at,
      updatedAt: at,
    },
    false,
  )
  limits.length = 0
  await repository.withLock({ kind: 'location', locationId: 'somewhere' }, (_row, save) =>
    save({ status: 'suspended' }),
  )
  expect(limits).toEqual(['30s'])
})
