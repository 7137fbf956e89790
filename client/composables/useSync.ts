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

  async function run(action: () => Promise<unknown>, words = ''): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    done.value = ''
    const succeeded = await attempt(syncTexts.failed, action)
    isBusy.value = false
    if (succeeded) done.value = words
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
    save: (settings: SyncSettings) => run(async () => keep(await api.save(settings)), syncTexts.saved),
    start: (kind: SyncRun['kind']) =>
      run(async () => {
        await api.start({ kind })
        await query.refetch()
      }),
    changeRun: (runId: string, action: ChangeSyncRun['action']) =>
      run(async () => {
        await api.changeRun(runId, { action })
        await query.refetch()
      }),
    decide: (id: number, decision: DecideDuplicate) => run(async () => keep(await api.decide(id, decision))),
  }
}
