import { randomUUID } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { createLogger } from '../../server/logger.ts'
import { openDatabase } from '../../server/storage/database.ts'
import { startEmbeddedServer } from '../../server/storage/embedded-server.ts'
import { readPostmasterFile } from '../../server/storage/postmaster-file.ts'
import type { SocketAddress } from '../../server/storage/server-claim.ts'
import { guardServer } from './server-guard.ts'

/** A server's address with the name of the migrated database that each test's own is cloned from. */
export type TestDatabaseServer = SocketAddress & { template: string }

declare module 'vitest' {
  interface ProvidedContext {
    databaseServer: TestDatabaseServer
  }
}

export function urlOfDatabase({ host, port, user }: SocketAddress, database: string): string {
  return `postgresql://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
}

/** One PostgreSQL server for the whole test run; durability costs time and is of no use to it. */
export async function startTestDatabaseServer() {
  const dataDir = await mkdtemp(join(tmpdir(), 'wrapup-test-'))
  const logger = createLogger('warn')
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '200',
  }
  const server = await startEmbeddedServer({ dataDir, logger, settings })
  const postmaster = await readPostmasterFile(join(dataDir, 'postgres'))
  if (!postmaster) throw new Error('The test server has no process id')
  const guard = guardServer(postmaster.pid, dataDir)
  const address = server.connectionOptions
  const template = `template_${randomUUID().slice(0, 8)}`
  const admin = new Client(address)
  await admin.connect()
  await admin.query(`create database "${template}"`)
  await admin.end()
  const database = await openDatabase({ databaseUrl: urlOfDatabase(address, template), dataDir, logger })
  await database.close()
  const stop = async () => {
    await server.stop()
    guard.serverHasStopped()
  }
  return { server: { ...address, template } satisfies TestDatabaseServer, stop }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { server, stop } = await startTestDatabaseServer()
  project.provide('databaseServer', server)
  return stop
}
