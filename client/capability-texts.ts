import type { ProviderCapability } from '../shared/provider-contract.ts'

/** What a system can do for the texts themselves, in the order in which it is told. */
export const textCapabilities = ['deliveryReports', 'inbound', 'media', 'schedule', 'cancelSchedule'] as const

/** What there is to tell of a system that is not the CRM itself. */
export const carrierCapabilities = [
  ...textCapabilities,
  'credits',
  'optOutRead',
  'optOutWrite',
  'optOutUndo',
  'contacts',
  'tags',
  'notes',
  'webhookApi',
] as const satisfies readonly ProviderCapability[]

export const canTexts: Readonly<Record<ProviderCapability, string>> = {
  deliveryReports: 'Tells whether a text was delivered',
  inbound: 'Replies come into the conversation',
  media: 'Pictures and files',
  schedule: 'Texts for later',
  cancelSchedule: 'Texts for later can be called off',
  credits: 'Tells how many credits are left',
  optOutRead: 'Opt-outs there become do not disturb here',
  optOutWrite: 'Do not disturb here becomes an opt-out there',
  optOutUndo: 'Opt-outs that were passed on can be taken back',
  contacts: 'Contacts can be kept in step',
  tags: 'Tags can be kept in step',
  notes: 'Notes can be passed on',
  webhookApi: 'Sets up replies by itself',
}

export const cannotTexts: Readonly<Record<ProviderCapability, string>> = {
  deliveryReports: 'Does not tell whether a text was delivered',
  inbound: 'No replies',
  media: 'No pictures or files',
  schedule: 'No texts for later',
  cancelSchedule: 'Texts for later cannot be called off',
  credits: 'Does not tell what credits are left',
  optOutRead: 'No list of opt-outs: only a STOP that arrives is noticed',
  optOutWrite: 'Do not disturb here is not passed on',
  optOutUndo: 'Opt-outs that were passed on cannot be taken back',
  contacts: 'Has no contacts to keep in step',
  tags: 'Has no tags',
  notes: 'Takes no notes',
  webhookApi: 'Replies need a webhook that you paste by hand',
}
