import type { ProviderName } from '../shared/provider-contract.ts'

/** What people call those who carry texts. */
export const providerLabels: Readonly<Record<ProviderName, string>> = {
  crm: 'CRM numbers',
  heymarket: 'Heymarket',
  bulksms: 'BulkSMS',
}
