import { useQuery, useQueryCache } from '@pinia/colada'
import { computed, ref } from 'vue'
import type { AutomationRule, RuleInput } from '../../shared/automation-contract.ts'
import { rulesMaxCount } from '../../shared/watched-fields.ts'
import { type ApiError, toApiError } from '../api/api-error.ts'
import { useAutomationApi } from '../api/automation-endpoints.ts'
import { automationTexts } from '../automation-texts.ts'
import { useConfirmStore } from '../stores/confirm-store.ts'
import { failureReason } from '../texts.ts'
import { ruleLogQueryKey, rulesQueryKey } from './query-keys.ts'
import { ruleSentence } from './rule-sentence.ts'
import { useFailure } from './useFailure.ts'
import { useUserPicker } from './usePickers.ts'

/** Why a rule was not changed: some codes speak of rules here, and not of the CRM. */
export function ruleReason(error: ApiError): string {
  if (error.code === 'rejected') return automationTexts.tooMany(rulesMaxCount)
  return error.code === 'not_found' ? automationTexts.gone : failureReason(error)
}

/** The follow-up rules of this sub-account, and changing them. */
export function useRules() {
  const api = useAutomationApi()
  const cache = useQueryCache()
  const confirm = useConfirmStore()
  const users = useUserPicker()
  const { failure, attempt, dismiss } = useFailure()
  const query = useQuery({ key: rulesQueryKey, query: async () => (await api.list()).rules })
  /** The last thing that succeeded, in words. */
  const done = ref('')
  /** The rules that are being turned on or off, by id. */
  const turning = ref<ReadonlySet<string>>(new Set())

  const sentenceOf = (rule: Pick<AutomationRule, 'trigger' | 'condition' | 'task'>) =>
    ruleSentence(rule, (userId) => users.data.value?.find(({ id }) => id === userId)?.name)

  /** Never throws: that reading failed shows where it is shown. */
  async function reload(): Promise<void> {
    await Promise.all(
      [rulesQueryKey, ruleLogQueryKey].map((key) => cache.invalidateQueries({ key }).catch(() => undefined)),
    )
  }

  async function run(title: string, success: string, action: () => Promise<unknown>): Promise<boolean> {
    done.value = ''
    const succeeded = await attempt(title, action)
    if (succeeded) done.value = success
    if (succeeded || failure.value?.error.code === 'not_found') await reload()
    return succeeded
  }

  const save = (rule: AutomationRule | null, input: RuleInput) =>
    run(automationTexts.saveFailed, automationTexts.saved, () =>
      rule === null ? api.create(input) : api.update(rule.id, input),
    )

  async function turn(rule: AutomationRule, isOn: boolean): Promise<void> {
    const { id, trigger, condition, task, dailyLimit } = rule
    const success = isOn ? automationTexts.turnedOn : automationTexts.turnedOff
    turning.value = new Set([...turning.value, id])
    await run(automationTexts.saveFailed, success, () =>
      api.update(id, { trigger, condition, task, dailyLimit, isOn }),
    )
    turning.value = new Set([...turning.value].filter((other) => other !== id))
  }

  async function remove(rule: AutomationRule): Promise<boolean> {
    const confirmed = await confirm.ask({
      title: automationTexts.confirmRemove,
      text: automationTexts.confirmRemoveHint(sentenceOf(rule)),
      action: automationTexts.removeAction,
    })
    if (!confirmed) return false
    return run(automationTexts.removeFailed, automationTexts.removed, () => api.remove(rule.id))
  }

  return {
    rules: computed(() => query.data.value ?? null),
    loadFailure: computed(() => (query.error.value === null ? null : toApiError(query.error.value))),
    reload: () => query.refetch(),
    sentenceOf,
    done,
    save,
    turning,
    turn,
    remove,
    failure,
    dismiss,
  }
}

export type Rules = ReturnType<typeof useRules>
