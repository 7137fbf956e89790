import { useQuery, useQueryCache } from '@pinia/colada'
import { computed, onScopeDispose, ref, watch } from 'vue'
import type {
  ChangeSyncRun,
  DecideDuplicate,
  SyncAnswer,
  SyncRun,
  SyncSettings,
} from '../../shared/sync-contract.ts'
import { toApiError } from '../api/api-error.ts'
import { useSyncApi } from '../api/sync-endpoints.ts'
import { useSessionStore } from '../stores/session-store.ts'
import { syncTexts } from '../sync-texts.ts'
import { syncQueryKey } from './query-keys.ts'
import { useFailure } from './useFailure.ts'

/** How often a run that is under way is asked for. */
const lookEveryMs = 2_000

/** The sync of contacts of this sub-account, for admins. */
export function useSync() {
  const api = useSyncApi()
  const cache = useQueryCache()
  const session = useSessionStore()
  const { failure, attempt, dismiss } = useFailure()
  const isBusy = ref(false)
  /** What succeeded last, in words. */
  const done = ref('')
  const query = useQuery({ key: syncQueryKey, query: () => api.get(), enabled: () => session.isAdmin })
  const sync = computed(() => query.data.value)
  const isRunning = computed(() => sync.value?.lastRun?.state === 'running')

  let timer: ReturnType<typeof setInterval> | undefined
  watch(
    isRunning,
    (running) => {
      clearInterval(timer)
      if (running) timer = setInterval(() => void query.refetch(), lookEveryMs)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearInterval(timer))

  async function run(title: string, action: () => Promise<unknown>, words = ''): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    done.value = ''
    const succeeded = await attempt(title, action)
    isBusy.value = false
    if (succeeded) done.value = words
    // Somebody was quicker: what is shown is no longer so.
    else if (['conflict', 'not_found'].includes(failure.value?.error.code ?? '')) await query.refetch()
    return succeeded
  }

  const keep = (answer: SyncAnswer) => cache.setQueryData<SyncAnswer>(syncQueryKey, answer)

  return {
    sync,
    isRunning,
    isBusy,
    done,
    failure,
    dismiss,
    loadFailure: computed(() => (query.error.value === null ? null : toApiError(query.error.value))),
    reload: () => query.refetch(),
    save: (settings: SyncSettings) =>
      run(syncTexts.saveFailed, async () => keep(await api.save(settings)), syncTexts.saved),
    start: (kind: SyncRun['kind']) =>
      run(syncTexts.run.startFailed, async () => {
        await api.start({ kind })
        await query.refetch()
      }),
    changeRun: (runId: string, action: ChangeSyncRun['action']) =>
      run(syncTexts.run.changeFailed, async () => {
        await api.changeRun(runId, { action })
        await query.refetch()
      }),
    decide: (id: number, decision: DecideDuplicate) =>
      run(syncTexts.duplicates.failed, async () => keep(await api.decide(id, decision))),
  }
}
