import { computed, type Ref } from 'vue'
import { type ApiError, isUncertain, toApiError } from '../api/api-error.ts'
import type { AddedPart } from '../stores/drafts-store.ts'
import { fieldText, isCarriedByWrapUp } from './part-owner.ts'
import { useContactScope } from './useContactScope.ts'
import type { Failure } from './useFailure.ts'
import { useMissedFailure } from './useMissedFailure.ts'
import { isUndone, withoutPart } from './wrap-up-plan.ts'

type Adding = {
  /** Why adding failed. */
  failure: Readonly<Ref<Failure | null>>
  reread: () => Promise<{ error: unknown }>
  /** Of what the list shows with this text. */
  idsOf: (text: string) => readonly string[]
}

/** Adds a follow-up or a note alone. One that may be there already is looked for before it is added again. */
export function useAddAlone(part: AddedPart, { failure, reread, idsOf }: Adding) {
  const { draft } = useContactScope()
  const tellMissed = useMissedFailure()

  async function isThere(text: string, twinIds: readonly string[]): Promise<boolean> {
    const { error } = await reread()
    if (error) throw toApiError(error)
    return idsOf(text).some((id) => !twinIds.includes(id))
  }

  /** A wrap-up that failed to do it has nothing left to do for it. */
  function succeed(): true {
    const { wrapUp } = draft
    draft.adds[part] = { status: 'idle' }
    if (wrapUp.status === 'done' && isUndone(wrapUp.parts[part]))
      draft.wrapUp = { ...wrapUp, parts: withoutPart(wrapUp.parts, part) }
    return true
  }

  function fail(error: ApiError, unsure: boolean, text: string, twinIds: readonly string[]): false {
    draft.adds[part] = { status: 'failed', error, unsure, text, twinIds }
    tellMissed([{ name: part, unsure }])
    return false
  }

  /** Whether it is there now. */
  async function addAlone(add: () => Promise<boolean>): Promise<boolean> {
    if (isHeld.value) return false
    const text = fieldText(draft, part)
    const before = draft.adds[part]
    const doubt = before.status === 'failed' && before.unsure && before.text === text ? before : null
    const twinIds = doubt?.twinIds ?? idsOf(text)
    draft.adds[part] = { status: 'adding' }
    try {
      if (doubt && (await isThere(text, twinIds))) return succeed()
    } catch (thrown) {
      return fail(toApiError(thrown), true, text, twinIds)
    }
    if (await add()) return succeed()
    const error = toApiError(failure.value?.error)
    if (!isUncertain(error)) return fail(error, false, text, twinIds)
    const wasAdded = await isThere(text, twinIds).catch(() => false)
    return wasAdded ? succeed() : fail(error, true, text, twinIds)
  }

  const isHeld = computed(() => draft.adds[part].status === 'adding' || isCarriedByWrapUp(draft, part))

  return {
    isHeld,
    addAlone,
    failed: computed(() => {
      const state = draft.adds[part]
      return state.status === 'failed' ? state : null
    }),
    dismiss: () => {
      draft.adds[part] = { status: 'idle' }
    },
  }
}
