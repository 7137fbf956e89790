import { defineStore } from 'pinia'
import { ref } from 'vue'

/** What failed at a contact that one has left. */
export type MissedFailure = { contactId: string; name: string; what: string }

/** Failures that no open contact shows; opening the contact shows them there. */
export const useMissedFailuresStore = defineStore('missed-failures', () => {
  const failures = ref<MissedFailure[]>([])
  let openContactId: string | null = null

  function dismiss(contactId: string): void {
    failures.value = failures.value.filter((failure) => failure.contactId !== contactId)
  }

  return {
    failures,
    dismiss,

    /** Kept unless the contact is open. */
    tell(failure: MissedFailure): void {
      if (failure.contactId === openContactId) return
      dismiss(failure.contactId)
      failures.value.push(failure)
    },

    opened(contactId: string): void {
      openContactId = contactId
      dismiss(contactId)
    },

    closed(contactId: string): void {
      if (openContactId === contactId) openContactId = null
    },
  }
})
