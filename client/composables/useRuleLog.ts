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
  const query = useQuery({
    key: ruleLogQueryKey,
    query: async () => {
      const { entries, nextCursor } = await api.log()
      older.value = []
      olderCursor.value = nextCursor
      return entries
    },
  })

  function more(): Promise<boolean> {
    return attempt(automationTexts.log.loadFailed, async () => {
      const { entries, nextCursor } = await api.log(olderCursor.value ?? undefined)
      older.value = [...older.value, ...entries]
      olderCursor.value = nextCursor
    })
  }

  return {
    entries: computed(() => query.data.value && [...query.data.value, ...older.value]),
    hasMore: computed(() => olderCursor.value !== null),
    more,
    loadFailure: computed(() => (query.error.value === null ? null : toApiError(query.error.value))),
    reload: () => query.refetch(),
    failure,
  }
}
