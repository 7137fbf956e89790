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

  /** What failed there before is still told. */
  function add({ contactId, name, what }: MissedFailure): void {
    const before = failures.value.find((failure) => failure.contactId === contactId)?.what
    dismiss(contactId)
    const all = before === undefined ? what : before.includes(what) ? before : `${before} ${what}`
    failures.value.push({ contactId, name, what: all })
  }

  return {
    failures,
    add,
    dismiss,

    /** Kept unless the contact is open. */
    tell(failure: MissedFailure): void {
      if (failure.contactId !== openContactId) add(failure)
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
