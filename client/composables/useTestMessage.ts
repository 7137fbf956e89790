import { ref, shallowRef } from 'vue'
import type { CarrierName, TestMessageAnswer } from '../../shared/provider-contract.ts'
import { useProviderApi } from '../api/provider-endpoints.ts'
import { providerTexts } from '../provider-texts.ts'
import { useFailure } from './useFailure.ts'
import { useProvidersCache } from './useProviders.ts'

/** Sends a test text through a connection and keeps what became of it. */
export function useTestMessage(carrier: CarrierName) {
  const api = useProviderApi()
  const { reload } = useProvidersCache()
  const { failure, attempt } = useFailure()
  const isSending = ref(false)
  const answer = shallowRef<TestMessageAnswer | null>(null)
  /** One text, until it is known what became of it: a try after a lost answer sends no second one. */
  let draft = { to: '', key: '' }

  async function send(to: string): Promise<void> {
    if (isSending.value) return
    isSending.value = true
    answer.value = null
    if (draft.to !== to) draft = { to, key: crypto.randomUUID() }
    await attempt(providerTexts.test.failed, async () => {
      answer.value = await api.sendTest(carrier, { to }, draft.key)
      draft = { to: '', key: '' }
    })
    isSending.value = false
    // It may have cost credits, or shown that the connection is broken.
    await reload()
  }

  return { isSending, answer, failure, send }
}
