import { useApi } from '../api/endpoints.ts'

/** Some contacts of the CRM, to try a mapping on. */
export function useSyncSamples() {
  const api = useApi()
  return {
    key: ['sync', 'samples'],
    query: async () => (await api.searchContacts({})).contacts.map(({ id, name }) => ({ id, name })),
  }
}
