import { useQuery } from '@pinia/colada'
import { computed, ref } from 'vue'
import type { RuleRun } from '../../shared/automation-contract.ts'
import { toApiError } from '../api/api-error.ts'
import { useAutomationApi } from '../api/automation-endpoints.ts'
import { automationTexts } from '../automation-texts.ts'
import { ruleLogQueryKey } from './query-keys.ts'
import { useFailure } from './useFailure.ts'

/** What the rules did, the newest first. */
export function useRuleLog() {
  const api = useAutomationApi()
  const { failure, attempt } = useFailure()
  const older = ref<RuleRun[]>([])
  const olderCursor = ref<string | null>(null)
  const isBusy = ref(false)
  const query = useQuery({
    key: ruleLogQueryKey,
    query: async () => {
      const { entries, nextCursor } = await api.log()
      older.value = []
      olderCursor.value = nextCursor
      return entries
    },
  })

  async function more(): Promise<void> {
    const cursor = olderCursor.value
    if (isBusy.value || cursor === null) return
    isBusy.value = true
    await attempt(automationTexts.log.loadFailed, async () => {
      const { entries, nextCursor } = await api.log(cursor)
      // Meanwhile it may have been read anew.
      if (olderCursor.value !== cursor) return
      older.value = [...older.value, ...entries]
      olderCursor.value = nextCursor
    })
    isBusy.value = false
  }

  return {
    entries: computed(() => query.data.value && [...query.data.value, ...older.value]),
    hasMore: computed(() => olderCursor.value !== null),
    isBusy,
    more,
    loadFailure: computed(() => (query.error.value === null ? null : toApiError(query.error.value))),
    reload: () => query.refetch(),
    failure,
  }
}
