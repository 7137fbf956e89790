import { shallowRef } from 'vue'
import type { SyncFieldsAnswer, SyncMapping, SyncPreviewAnswer } from '../../shared/sync-contract.ts'
import { useSyncApi } from '../api/sync-endpoints.ts'
import { syncTexts } from '../sync-texts.ts'
import { useFailure } from './useFailure.ts'

/** The fields that either side has. */
export function useSyncFields() {
  const api = useSyncApi()
  const { failure, attempt } = useFailure()
  const fields = shallowRef<SyncFieldsAnswer>()

  async function load(): Promise<void> {
    await attempt(syncTexts.loadFailed, async () => {
      fields.value = await api.listFields()
    })
  }

  return { fields, failure, load }
}

/** What the mappings make of one contact, before they are kept. */
export function useSyncPreview() {
  const api = useSyncApi()
  const { failure, attempt } = useFailure()
  const preview = shallowRef<SyncPreviewAnswer>()

  async function show(crmContactId: string, mappings: SyncMapping[]): Promise<void> {
    await attempt(syncTexts.failed, async () => {
      preview.value = await api.preview({ crmContactId, mappings })
    })
  }

  return { preview, failure, show }
}
