import { nextTick, type Ref } from 'vue'
import type { WrapUpPartName } from '../../shared/wrap-up-contract.ts'
import { type FieldName, focusField } from './field-focus.ts'
import { mayTakeFocus } from './free-focus.ts'
import { useContactScope } from './useContactScope.ts'
import { isUndone, partNames, requestedParts } from './wrap-up-plan.ts'

const fieldOf: Record<WrapUpPartName, FieldName> = {
  message: 'message',
  tags: 'tag',
  task: 'follow_up',
  note: 'note',
}

/** Where the keyboard goes on when the button that was pressed is gone: the field that failed, or else the result. */
export function useWrapUpFocus(bar: Readonly<Ref<HTMLElement | null>>) {
  const { draft } = useContactScope()
  const focusResult = () => bar.value?.querySelector<HTMLElement>('[role="status"]')?.focus()

  function failedPart(): WrapUpPartName | undefined {
    const { wrapUp } = draft
    if (wrapUp.status === 'failed') return requestedParts(wrapUp.attempt.payload)[0]
    return wrapUp.status === 'done' ? partNames.find((name) => isUndone(wrapUp.parts[name])) : undefined
  }

  async function afterwards(act: () => Promise<void>): Promise<void> {
    focusResult()
    await act()
    await nextTick()
    if (!mayTakeFocus(bar.value)) return
    const failed = failedPart()
    if (failed === undefined || !focusField(fieldOf[failed])) focusResult()
  }

  return { afterwards }
}
