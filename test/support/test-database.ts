import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import { urlOfDatabase, type TestDatabaseServer } from './database-server.ts'

export type TestDatabase = {
  /** For DATABASE_URL. */
  url: string
  drop(): Promise<void>
}

async function administer(server: TestDatabaseServer, statement: string): Promise<void> {
  const client = new Client(server)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

export type TestDatabaseOptions = {
  /** Leaves the migrations to the test. */
  empty?: boolean
  /** Default: the server of the test run. */
  server?: TestDatabaseServer
}

/** A migrated database of the test's own, cloned in some milliseconds. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { empty = false, server = inject('databaseServer') } = options
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const template = empty ? 'template1' : server.template
  await administer(server, `create database "${name}" template "${template}"`)
  return {
    url: urlOfDatabase(server, name),
    drop: () => administer(server, `drop database if exists "${name}" with (force)`),
  }
}
