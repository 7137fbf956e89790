import { useQuery, useQueryCache } from '@pinia/colada'
import { computed, ref } from 'vue'
import type { FailedJob } from '../../shared/failed-job-contract.ts'
import { toApiError, toFailureCode } from '../api/api-error.ts'
import { useApi } from '../api/endpoints.ts'
import { useSessionStore } from '../stores/session-store.ts'
import { settingsTexts } from '../settings-texts.ts'
import { failureReason } from '../texts.ts'
import { failedJobsQueryKey } from './query-keys.ts'
import { useFailure } from './useFailure.ts'

/** Why it failed, in words. */
export function jobFailureReason(code: string): string {
  if (code === 'interrupted') return settingsTexts.failedJobs.interrupted
  const known = toFailureCode(code)
  return settingsTexts.failedJobs.reasons[known] ?? failureReason({ code: known })
}

/** Work of this sub-account that was given up in the background, for admins. */
export function useFailedJobs() {
  const api = useApi()
  const cache = useQueryCache()
  const session = useSessionStore()
  const { failure, attempt, dismiss } = useFailure()
  const running = ref<ReadonlySet<string>>(new Set())
  /** What was started again last. */
  const replayed = ref<FailedJob | null>(null)
  const query = useQuery({
    key: failedJobsQueryKey,
    query: async () => (await api.listFailedJobs()).failedJobs,
    enabled: () => session.isAdmin,
  })

  function drop(jobId: string): void {
    cache.setQueryData<FailedJob[]>(failedJobsQueryKey, (jobs) =>
      (jobs ?? []).filter(({ id }) => id !== jobId),
    )
  }

  async function replay(job: FailedJob): Promise<void> {
    if (running.value.has(job.id)) return
    running.value = new Set([...running.value, job.id])
    const succeeded = await attempt(
      settingsTexts.failedJobs.replayFailed(settingsTexts.failedJobs.what(job.name)),
      () => api.replayFailedJob(job.id),
    )
    running.value = new Set([...running.value].filter((id) => id !== job.id))
    if (succeeded) {
      replayed.value = job
      drop(job.id)
    } else if (failure.value?.error.code === 'not_found') await query.refetch()
  }

  return {
    jobs: computed(() => query.data.value ?? []),
    loadFailure: computed(() => (query.error.value === null ? null : toApiError(query.error.value))),
    reload: () => query.refetch(),
    running,
    replayed,
    replay,
    failure,
    dismiss,
  }
}
