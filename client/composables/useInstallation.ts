import { useQuery } from '@pinia/colada'
import { computed, ref } from 'vue'
import { toApiError } from '../api/api-error.ts'
import { useApi } from '../api/endpoints.ts'
import { useSessionStore } from '../stores/session-store.ts'
import { settingsTexts } from '../settings-texts.ts'
import { installationQueryKey } from './query-keys.ts'
import { useFailure } from './useFailure.ts'

/** The connection of this sub-account, for admins. */
export function useInstallation() {
  const api = useApi()
  const session = useSessionStore()
  const { failure, attempt, dismiss } = useFailure()
  const disconnecting = ref<'idle' | 'running'>('idle')
  const query = useQuery({
    key: installationQueryKey,
    query: async () => (await api.getInstallation()).installation,
    enabled: () => session.isAdmin,
  })

  /** A fresh handshake afterwards leads to the page that offers to connect again. */
  async function disconnect(): Promise<void> {
    disconnecting.value = 'running'
    const succeeded = await attempt(settingsTexts.settings.disconnectFailed, () => api.disconnect())
    disconnecting.value = 'idle'
    if (succeeded) await session.retry()
  }

  return {
    query,
    installation: computed(() => query.data.value),
    loadFailure: computed(() => (query.error.value === null ? null : toApiError(query.error.value))),
    isRefused: computed(() => session.user !== null && !session.isAdmin),
    disconnecting,
    disconnect,
    failure,
    dismiss,
  }
}
