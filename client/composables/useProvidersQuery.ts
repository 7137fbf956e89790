import { useQuery } from '@pinia/colada'
import { useProviderApi } from '../api/provider-endpoints.ts'
import { providersQueryKey } from './query-keys.ts'

/** Who carries texts changes rarely: with each contact that is opened it is asked at most this often. */
const staleTimeMs = 60_000

export function useProvidersQuery() {
  const api = useProviderApi()
  return useQuery({ key: providersQueryKey, staleTime: staleTimeMs, query: () => api.list() })
}
