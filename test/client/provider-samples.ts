import type {
  ProviderAccount,
  ProviderConnection,
  ProviderName,
  ProvidersAnswer,
} from '../../shared/provider-contract.ts'

type Entry = ProvidersAnswer['providers'][number]

export const webhookUrl =
  'https://app.example/webhooks/providers/heymarket/0c8f4b52-6d0e-4f6f-9a3c-2f4f6f1f0b1d'

export const heymarketAccount: ProviderAccount = {
  name: 'Harbor Home Services',
  credits: null,
  inboxes: [
    {
      id: 42,
      name: 'Front desk',
      phone: '+15105550142',
      members: [
        { id: 7, name: 'Dana Whitfield' },
        { id: 8, name: 'Luis Prado' },
      ],
    },
    { id: 43, name: 'Repairs', phone: null, members: [{ id: 8, name: 'Luis Prado' }] },
    { id: 44, name: 'Archive', phone: null, members: [] },
  ],
  senders: [],
}

export const bulksmsAccount: ProviderAccount = {
  name: 'harbor-home',
  credits: 123.45,
  inboxes: [],
  senders: ['HARBOR'],
}

export function heymarketConnection(changes: Partial<ProviderConnection> = {}): ProviderConnection {
  return {
    carrier: 'heymarket',
    status: 'active',
    settings: {
      conversationProviderId: null,
      createsContacts: true,
      inboxId: 42,
      creatorId: 7,
      webhookToken: null,
    },
    credentialHint: 'hm-4f2…91',
    credits: null,
    connectedAt: '2026-11-20T10:00:00.000Z',
    lastError: null,
    webhookSetup: { url: webhookUrl, hasToken: false, hasBeenCalled: false },
    recent: { sent: 31, delivered: 28, failed: 1, received: 12 },
    ...changes,
  }
}

export function bulksmsConnection(changes: Partial<ProviderConnection> = {}): ProviderConnection {
  return {
    carrier: 'bulksms',
    status: 'active',
    settings: { conversationProviderId: null, createsContacts: true, sender: null, alertEmail: '' },
    credentialHint: 'BBDE1B…01-B',
    credits: 123.45,
    connectedAt: '2026-11-20T10:00:00.000Z',
    lastError: null,
    webhookSetup: null,
    recent: { sent: 1204, delivered: 1190, failed: 14, received: 87 },
    ...changes,
  }
}

const abilities: Readonly<Record<ProviderName, Entry['capabilities']>> = {
  crm: ['contacts', 'tags', 'notes', 'deliveryReports', 'inbound', 'schedule'],
  heymarket: [
    'contacts',
    'tags',
    'notes',
    'deliveryReports',
    'inbound',
    'media',
    'optOutWrite',
    'optOutUndo',
  ],
  bulksms: ['deliveryReports', 'inbound', 'credits', 'optOutRead', 'optOutWrite', 'webhookApi'],
}

function entryOf(provider: ProviderName, connection: ProviderConnection | null): Entry {
  return {
    provider,
    capabilities: abilities[provider],
    isConnected: provider === 'crm' || connection !== null,
    isBroken: connection?.status === 'broken',
    connection,
  }
}

type Connections = { heymarket?: ProviderConnection; bulksms?: ProviderConnection }

export function sampleProviders(
  chosen: ProviderName = 'crm',
  connections: Connections = {},
): ProvidersAnswer {
  const { heymarket = null, bulksms = null } = connections
  return {
    chosen,
    providers: [entryOf('crm', null), entryOf('heymarket', heymarket), entryOf('bulksms', bulksms)],
  }
}
