import { ref, shallowRef, watch } from 'vue'
import type { SyncLogEntry, SyncLogQuery } from '../../shared/sync-contract.ts'
import { useSyncApi } from '../api/sync-endpoints.ts'
import { syncTexts } from '../sync-texts.ts'
import { useFailure } from './useFailure.ts'

/** What the sync did, newest first, and trying again what failed. */
export function useSyncLog() {
  const api = useSyncApi()
  const { failure, attempt } = useFailure()
  const only = ref<NonNullable<SyncLogQuery['only']> | 'all'>('all')
  const entries = shallowRef<readonly SyncLogEntry[]>()
  const nextCursor = ref<string | null>(null)
  const replayed = ref<ReadonlySet<number>>(new Set())

  async function load(cursor?: string): Promise<void> {
    const asked = only.value
    await attempt(syncTexts.loadFailed, async () => {
      const page = await api.listLog({ ...(asked === 'all' ? {} : { only: asked }), cursor })
      if (asked !== only.value) return
      entries.value = cursor === undefined ? page.entries : [...(entries.value ?? []), ...page.entries]
      nextCursor.value = page.nextCursor
    })
  }
  watch(only, () => void load(), { immediate: true })

  async function replay({ id }: SyncLogEntry): Promise<void> {
    const succeeded = await attempt(syncTexts.failed, () => api.replay(id))
    if (succeeded) replayed.value = new Set([...replayed.value, id])
  }

  return {
    only,
    entries,
    nextCursor,
    replayed,
    failure,
    replay,
    reload: () => load(),
    more: () => load(nextCursor.value ?? undefined),
  }
}
