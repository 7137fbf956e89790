import { onScopeDispose, type Ref, ref, watch } from 'vue'
import { useContactsStore } from '../stores/contacts-store.ts'
import { pressEnds } from './press-end.ts'
import { useContactNavigation } from './useContactNavigation.ts'

/** Tells the list that somebody is at work in it: a contact is open, or the pointer or the keyboard is among the rows. */
export function useWorkedList(list: Readonly<Ref<HTMLElement | null>>) {
  const contacts = useContactsStore()
  const { currentId } = useContactNavigation()
  const hasPointer = ref(false)
  const hasFocus = ref(false)

  watch(() => currentId.value !== null || hasPointer.value || hasFocus.value, contacts.work, {
    immediate: true,
  })
  onScopeDispose(() => contacts.work(false))

  /** What the element of the list listens to. */
  return {
    pointerenter: () => {
      hasPointer.value = true
    },
    pointerleave: () => {
      hasPointer.value = false
    },
    pointerdown: () => contacts.hold(pressEnds()),
    focusin: () => {
      hasFocus.value = true
    },
    focusout: ({ relatedTarget }: FocusEvent) => {
      hasFocus.value = relatedTarget instanceof Node && list.value?.contains(relatedTarget) === true
    },
  }
}
