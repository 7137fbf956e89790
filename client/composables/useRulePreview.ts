import { ref, shallowRef } from 'vue'
import type { RuleInput, RulePreview } from '../../shared/automation-contract.ts'
import type { ContactSummary } from '../../shared/contact-contract.ts'
import { useAutomationApi } from '../api/automation-endpoints.ts'
import { useApi } from '../api/endpoints.ts'
import { automationTexts } from '../automation-texts.ts'
import { useFailure } from './useFailure.ts'

const shownMost = 5

/** What a rule would do for a real contact. */
export function useRulePreview() {
  const api = useApi()
  const automations = useAutomationApi()
  const { failure, attempt } = useFailure()
  const search = ref('')
  /** Null until somebody searched. */
  const found = shallowRef<ContactSummary[] | null>(null)
  const shown = shallowRef<{ name: string; preview: RulePreview } | null>(null)

  function find(): Promise<boolean> {
    return attempt(automationTexts.preview.findFailed, async () => {
      const { contacts } = await api.searchContacts({ query: search.value.trim() })
      found.value = contacts.slice(0, shownMost)
    })
  }

  function show({ id: contactId, name }: ContactSummary, { condition, task }: RuleInput): Promise<boolean> {
    return attempt(automationTexts.preview.failed, async () => {
      shown.value = { name, preview: await automations.preview({ contactId, condition, task }) }
    })
  }

  return { search, found, shown, find, show, failure }
}
