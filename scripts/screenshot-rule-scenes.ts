import { expect, type Page } from '@playwright/test'
import type { AutomationRule } from '../shared/automation-contract.ts'
import type { SyncAnswer, SyncLogEntry } from '../shared/sync-contract.ts'
import { seedIds } from '../test/sandbox/seed/seed-ids.ts'
import type { CrmShell } from '../test/support/crm-shell.ts'
import { sampleRule } from '../test/support/sample-rule.ts'
import type { Scene } from './screenshot-stage.ts'

const { contact, user } = seedIds
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

const rules: AutomationRule[] = [
  {
    ...sampleRule,
    id: 'rule-1',
    condition: { kind: 'is_assigned' },
    createdAt: minutesAgo(9_000),
    updatedAt: minutesAgo(9_000),
    recent: { created: 12, leftOut: 1 },
  },
  {
    id: 'rule-2',
    trigger: { kind: 'delivery_failed' },
    condition: null,
    task: { title: 'Find another number', body: '', due: 'in_three_days', assignee: { kind: 'nobody' } },
    isOn: false,
    dailyLimit: 100,
    createdAt: minutesAgo(4_000),
    updatedAt: minutesAgo(4_000),
    recent: { created: 0, leftOut: 0 },
  },
]

const fields = [
  { key: 'firstName', name: 'First name', isReadOnly: false },
  { key: 'email', name: 'E-mail', isReadOnly: false },
]

/** As after a dry run over an account that took years to fill. */
const sync: SyncAnswer = {
  isConnected: true,
  firstRunAt: minutesAgo(60_000),
  polledAt: minutesAgo(1),
  settings: {
    enabled: true,
    mappings: [
      {
        crmField: 'firstName',
        providerField: 'firstName',
        transforms: ['trim'],
        direction: 'both',
        rule: 'newest',
      },
      { crmField: 'email', providerField: 'email', transforms: ['lower'], direction: 'both', rule: 'crm' },
    ],
    createInCrm: true,
    createInProvider: true,
    newContactTag: 'from heymarket',
    syncTags: true,
    tagOrder: ['vip'],
    syncNotes: false,
  },
  linkedCount: 1_204,
  lastRun: {
    id: '7d3c7f0e-9d0c-4c5e-8f43-2f1f6f6c2a11',
    kind: 'dry',
    state: 'done',
    stage: 'applying',
    origin: 'person',
    counts: {
      readInProvider: 1_240,
      readInCrm: 1_310,
      createInCrm: 21,
      createInProvider: 48,
      update: 35,
      conflict: 9,
      skip: 4,
      duplicate: 2,
      same: 1_130,
      done: 0,
      failed: 0,
    },
    problem: null,
    startedAt: minutesAgo(30),
    finishedAt: minutesAgo(26),
  },
  duplicates: [],
}

const entry: SyncLogEntry = {
  id: 3,
  at: minutesAgo(26),
  origin: 'run',
  action: 'update',
  target: 'provider',
  state: 'failed',
  reason: 'changed',
  crmContactId: contact.maya,
  providerContactId: '9980041',
  fields: [{ field: 'firstName', writtenTo: 'provider', reason: 'newest' }],
  isConflict: true,
  code: 'rejected',
}
const log: SyncLogEntry[] = [
  entry,
  { ...entry, id: 2, state: 'done', code: null, crmContactId: contact.jonas, providerContactId: '9980044' },
  { ...entry, id: 1, action: 'create', target: 'crm', state: 'done', code: null, reason: 'new_contact' },
]

async function answerSync(page: Page, answer: SyncAnswer): Promise<void> {
  await page.route('**/api/sync', (route) => route.fulfill({ json: answer }))
  await page.route('**/api/sync/fields', (route) =>
    route.fulfill({ json: { crm: fields, provider: fields } }),
  )
  await page.route('**/api/sync/log**', (route) =>
    route.fulfill({ json: { entries: log, nextCursor: null } }),
  )
}

async function openSection(crm: CrmShell, name: string): Promise<void> {
  await crm.open({ userId: user.admin })
  await crm.app.getByRole('link', { name: 'Settings' }).click()
  await crm.app.getByRole('link', { name }).click()
}

/** Contacts in step with another system, and follow-ups by rule. */
export const ruleScenes: Scene[] = [
  {
    name: 'contact-sync',
    show: async ({ crm, page }) => {
      await answerSync(page, sync)
      await openSection(crm, 'Contact sync')
      await expect(crm.app.getByRole('form', { name: 'Contact sync' })).toBeVisible()
    },
  },
  {
    name: 'contact-sync-run',
    show: async ({ crm, page }) => {
      const twins = { id: 1, crmContactIds: [contact.jonas, contact.maya], providerContactIds: ['9980044'] }
      await answerSync(page, { ...sync, duplicates: [{ ...twins, reason: 'same_phone' }] })
      await openSection(crm, 'Contact sync')
      await crm.app.getByRole('button', { name: 'Show the log' }).click()
      await expect(crm.app.getByRole('list', { name: 'Sync log' })).toBeVisible()
      await expect(crm.app.getByLabel('Contact in the CRM')).toContainText('Maya Okafor')
      const heading = crm.app.getByRole('heading', { name: 'Full run' })
      await heading.evaluate((element) => element.scrollIntoView())
    },
  },
  {
    name: 'follow-up-rules',
    show: async ({ crm, page }) => {
      await page.route('**/api/automations', (route) => route.fulfill({ json: { rules } }))
      await openSection(crm, 'Follow-up rules')
      await expect(crm.app.getByRole('list', { name: 'Follow-up rules' })).toBeVisible()
    },
  },
  {
    name: 'rule-editor',
    show: async ({ crm }) => {
      await openSection(crm, 'Follow-up rules')
      await crm.app.getByRole('button', { name: 'New rule' }).click()
      await expect(crm.app.getByRole('dialog')).toBeVisible()
    },
  },
]
