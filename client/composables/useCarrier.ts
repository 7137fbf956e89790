import { computed } from 'vue'
import type { FailureCode } from '../api/api-error.ts'
import { contactTexts } from '../contact-texts.ts'
import { providerLabels } from '../provider-labels.ts'
import { useProvidersQuery } from './useProvidersQuery.ts'

/** By whom texts go out where that is not the CRM itself. */
export function useCarrier() {
  const query = useProvidersQuery()
  const carrier = computed(() => {
    const chosen = query.data.value?.chosen
    return chosen === undefined || chosen === 'crm' ? null : chosen
  })
  const isBroken = computed(
    () => query.data.value?.providers.find(({ provider }) => provider === carrier.value)?.isBroken ?? false,
  )

  /** Why a text failed, where that is a word of the other system's and not of the CRM's. */
  function textReason(code: FailureCode): string | null {
    if (carrier.value === null) return null
    const [name, words] = [providerLabels[carrier.value], contactTexts.carrier]
    if (code === 'dnd_active') return `${words.optedOut} ${words.optOut[carrier.value]}`
    if (code !== 'rejected') return null
    return isBroken.value ? words.broken(name) : words.refused(name)
  }

  return {
    reload: () => query.refetch(),
    carrier,
    isBroken,
    textReason,
  }
}
