import { shallowRef } from 'vue'
import type { SyncFieldsAnswer, SyncMapping, SyncPreviewAnswer } from '../../shared/sync-contract.ts'
import { useSyncApi } from '../api/sync-endpoints.ts'
import { syncTexts } from '../sync-texts.ts'
import { useFailure } from './useFailure.ts'
import { useLatestAnswer } from './useLatestAnswer.ts'

/** The fields that either side has. */
export function useSyncFields() {
  const api = useSyncApi()
  const { failure, attempt } = useFailure()
  const fields = shallowRef<SyncFieldsAnswer>()

  async function load(): Promise<void> {
    await attempt(syncTexts.mapping.loadFailed, async () => {
      fields.value = await api.listFields()
    })
  }

  return { fields, failure, load }
}

/** What the mappings make of one contact, before they are kept. */
export function useSyncPreview() {
  const api = useSyncApi()
  const { failure, isAsking, ask, forget } = useLatestAnswer()
  const preview = shallowRef<SyncPreviewAnswer>()

  const show = (crmContactId: string, mappings: SyncMapping[]) =>
    ask(
      syncTexts.preview.failed,
      () => api.preview({ crmContactId, mappings }),
      (answer) => (preview.value = answer),
    )

  /** It would be of other mappings, or of another contact. */
  function clear(): void {
    forget()
    preview.value = undefined
  }

  return { preview, isAsking, failure, show, clear }
}
