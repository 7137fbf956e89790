import { ref, shallowRef } from 'vue'
import type { RuleInput, RulePreview } from '../../shared/automation-contract.ts'
import type { ContactSummary } from '../../shared/contact-contract.ts'
import { useAutomationApi } from '../api/automation-endpoints.ts'
import { useApi } from '../api/endpoints.ts'
import { automationTexts } from '../automation-texts.ts'
import { useLatestAnswer } from './useLatestAnswer.ts'

const shownMost = 5

/** What a rule would do for a real contact. */
export function useRulePreview() {
  const api = useApi()
  const automations = useAutomationApi()
  const { failure, isAsking, ask, forget } = useLatestAnswer()
  const search = ref('')
  /** Null until somebody searched. */
  const found = shallowRef<ContactSummary[] | null>(null)
  const shown = shallowRef<{ name: string; preview: RulePreview } | null>(null)

  const find = () =>
    ask(
      automationTexts.preview.findFailed,
      () => api.searchContacts({ query: search.value.trim() }),
      ({ contacts }) => {
        found.value = contacts.slice(0, shownMost)
        shown.value = null
      },
    )

  const show = ({ id: contactId, name }: ContactSummary, { condition, task }: RuleInput) =>
    ask(
      automationTexts.preview.failed,
      () => automations.preview({ contactId, condition, task }),
      (preview) => (shown.value = { name, preview }),
    )

  /** The rule is another one now. */
  function clear(): void {
    forget()
    shown.value = null
  }

  return { search, found, shown, isAsking, find, show, clear, failure }
}
