import type { WrapUpPartName } from '../../shared/wrap-up-contract.ts'
import { contactTexts } from '../contact-texts.ts'
import { useContactsStore } from '../stores/contacts-store.ts'
import { useMissedFailuresStore } from '../stores/missed-failures-store.ts'
import { useContactScope } from './useContactScope.ts'

/** Tells of parts that failed after the contact was left. */
export function useMissedFailure() {
  const { contactId, contact } = useContactScope()
  const contacts = useContactsStore()
  const missed = useMissedFailuresStore()
  const words = contactTexts.wrapUp

  return (parts: readonly { name: WrapUpPartName; unsure: boolean }[]): void => {
    if (parts.length === 0) return
    const row = contacts.rows.find(({ id }) => id === contactId)
    missed.tell({
      contactId,
      name: contact.value?.name ?? row?.name ?? contactTexts.contact.region,
      what: parts.map(({ name, unsure }) => `${(unsure ? words.unsure : words.undone)[name]}.`).join(' '),
    })
  }
}
