import { randomBytes } from 'node:crypto'
import type { SeededRandom } from '../seeded-random.ts'
import type { SandboxApp, SandboxConversationProvider, SandboxState } from '../state.ts'
import { seedCompanies, seedLocations, seedPhoneNumbers, seedTemplates, seedUsers } from './seed-accounts.ts'
import { seedContacts } from './seed-contacts.ts'
import { seedNotes, seedTasks } from './seed-follow-ups.ts'
import { seedIds } from './seed-ids.ts'
import { seedThreads } from './seed-threads.ts'

export type SeedSize = 'full' | 'small'

/** Ordinary contacts beside the special ones, by location. */
const counts: Record<SeedSize, Record<string, number>> = {
  full: { [seedIds.location.main]: 190, [seedIds.location.berlin]: 14, [seedIds.location.kolkata]: 10 },
  small: { [seedIds.location.main]: 6 },
}

/** What a developer may tick for a sub-account app; ours asks for some of it. */
export const registeredScopes = [
  'contacts.readonly',
  'contacts.write',
  'conversations.readonly',
  'conversations/message.readonly',
  'conversations/message.write',
  'locations.readonly',
  'locations/tags.readonly',
  'locations/tags.write',
  'locations/tasks.readonly',
  'locations/templates.readonly',
  'locations/customFields.readonly',
  'users.readonly',
  'phonenumbers.read',
  'oauth.readonly',
  'oauth.write',
  'marketplace-installer-details.readonly',
]

function seedApp(): SandboxApp {
  const appId = '66f0c0ffee0123456789abcd'
  return {
    clientId: `${appId}-m3xk91qd`,
    clientSecret: randomBytes(18).toString('hex'),
    appId,
    versionId: appId,
    ssoKey: randomBytes(18).toString('hex'),
    scopes: [...registeredScopes],
    redirectUris: [],
    webhookUrl: null,
    customPageUrl: null,
  }
}

function seedConversationProviders(appId: string): SandboxConversationProvider[] {
  const { ours, oursExtra, foreign } = seedIds.conversationProvider
  return [
    { id: ours, appId, name: 'Wrapup texts', isCustom: false, deliveryUrl: null },
    { id: oursExtra, appId, name: 'Wrapup extra', isCustom: true, deliveryUrl: null },
    {
      id: foreign,
      appId: '66f0c0ffee9999999999ffff',
      name: 'Other texts',
      isCustom: false,
      deliveryUrl: null,
    },
  ]
}

/** Fresh data each time; the same for the same random numbers, but for the app's secrets. */
export function seedState(size: SeedSize, random: SeededRandom, nowMs: number): SandboxState {
  const contacts = seedContacts(counts[size], { random, nowMs })
  const phoneNumbers = structuredClone(seedPhoneNumbers)
  const names = new Set(contacts.flatMap(({ locationId, tags }) => tags.map((tag) => `${locationId}/${tag}`)))
  const app = seedApp()
  return {
    app,
    companies: structuredClone(seedCompanies),
    locations: structuredClone(seedLocations),
    users: structuredClone(seedUsers),
    contacts,
    tasks: seedTasks(contacts, { random, nowMs }),
    notes: seedNotes(contacts, { random, nowMs }),
    ...seedThreads(contacts, { random, nowMs, phoneNumbers }),
    phoneNumbers,
    tags: [...names].sort().map((name) => {
      const slash = name.indexOf('/')
      return { id: random.id(), locationId: name.slice(0, slash), name: name.slice(slash + 1) }
    }),
    templates: structuredClone(seedTemplates),
    customFields: [
      {
        id: 'cfdPreferredDay00001',
        locationId: seedIds.location.main,
        name: 'Preferred day',
        fieldKey: 'contact.preferred_day',
        dataType: 'TEXT',
        position: 50,
        model: 'contact',
      },
    ],
    installs: [],
    conversationProviders: seedConversationProviders(app.appId),
  }
}
