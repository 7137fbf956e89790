import { computed, type ComputedRef, ref, watch } from 'vue'
import type { SyncAnswer, SyncSettings } from '../../shared/sync-contract.ts'

/** The same settings give the same text, in whatever order their parts were stored. */
const textOf = (settings: SyncSettings): string =>
  JSON.stringify(settings, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => one.localeCompare(other)))
      : value,
  )

/** The settings of the sync as somebody is changing them; what is read meanwhile does not overwrite that. */
export function useSyncDraft(
  sync: ComputedRef<SyncAnswer | undefined>,
  save: (settings: SyncSettings) => Promise<boolean>,
) {
  const draft = ref<SyncSettings>()
  const saved = computed(() => sync.value?.settings)

  function takeOver(settings: SyncSettings | undefined): void {
    draft.value = settings && structuredClone(settings)
  }

  watch(
    saved,
    (now, before) => {
      if (!draft.value || (before && textOf(draft.value) === textOf(before))) takeOver(now)
    },
    { immediate: true },
  )

  return {
    draft,
    isChanged: computed(() =>
      draft.value && saved.value ? textOf(draft.value) !== textOf(saved.value) : false,
    ),

    async save(): Promise<void> {
      if (!draft.value) return
      const sent = textOf(draft.value)
      // What comes back may be tidied; what was typed since is kept.
      if ((await save(draft.value)) && textOf(draft.value) === sent) takeOver(saved.value)
    },
  }
}
