import type { SyncAnswer, SyncRun } from '../../shared/sync-contract.ts'
import { failure, ok } from './fake-server.ts'
import { createStandardServer, element, noSync, openPage } from './page-harness.ts'

export const run: SyncRun = {
  id: '7d3c7f0e-9d0c-4c5e-8f43-2f1f6f6c2a11',
  kind: 'dry',
  state: 'done',
  stage: 'applying',
  origin: 'person',
  counts: {
    readInProvider: 40,
    readInCrm: 50,
    createInCrm: 3,
    createInProvider: 4,
    update: 5,
    conflict: 2,
    skip: 1,
    duplicate: 1,
    same: 1_130,
    done: 0,
    failed: 0,
  },
  problem: null,
  startedAt: '2026-11-20T10:00:00.000Z',
  finishedAt: '2026-11-20T10:01:00.000Z',
}

export const connected: SyncAnswer = {
  ...noSync,
  isConnected: true,
  settings: {
    ...noSync.settings,
    mappings: [
      {
        crmField: 'firstName',
        providerField: 'firstName',
        transforms: ['trim'],
        direction: 'both',
        rule: 'newest',
      },
    ],
  },
  linkedCount: 30,
  lastRun: run,
  duplicates: [
    { id: 5, crmContactIds: ['con-1', 'con-2'], providerContactIds: ['77'], reason: 'same_phone' },
  ],
}
export const names = (...keys: string[]) =>
  keys.map((key) => ({ key, name: `Field ${key}`, isReadOnly: false }))

export async function openSettings(answer: SyncAnswer = connected, server = createStandardServer()) {
  server.on('GET /api/installation', failure('upstream_unavailable', 503))
  server.on('GET /api/failed-jobs', ok({ failedJobs: [] }))
  server.on('GET /api/sync', ok(answer))
  server.on(
    'GET /api/sync/fields',
    ok({ crm: names('firstName', 'email'), provider: names('firstName', 'email') }),
  )
  server.on('GET /api/contacts', ok({ contacts: [{ id: 'con-9', name: 'Maya Okafor' }], nextCursor: null }))
  return openPage({ path: '/settings', server })
}

export function chooseIn(label: string, value: string): void {
  const select = element<HTMLSelectElement>(`#settings-sync select[aria-label="${label}"]`)
  select.value = value
  select.dispatchEvent(new Event('change'))
}
