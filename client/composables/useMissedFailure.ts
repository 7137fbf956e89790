import type { WrapUpPartName } from '../../shared/wrap-up-contract.ts'
import { contactTexts } from '../contact-texts.ts'
import { useContactsStore } from '../stores/contacts-store.ts'
import { type MissedFailure, useMissedFailuresStore } from '../stores/missed-failures-store.ts'
import { useContactScope } from './useContactScope.ts'

/** A failure as the page tells it of a contact that is not on screen. */
function useMissed() {
  const { contactId, contact } = useContactScope()
  const contacts = useContactsStore()

  return (what: string): MissedFailure => {
    const row = contacts.rows.find(({ id }) => id === contactId)
    return { contactId, name: contact.value?.name ?? row?.name ?? contactTexts.contact.region, what }
  }
}

/** Tells of parts that failed after the contact was left. */
export function useMissedFailure() {
  const missed = useMissedFailuresStore()
  const failureOf = useMissed()
  const words = contactTexts.wrapUp

  return (parts: readonly { name: WrapUpPartName; unsure: boolean }[]): void => {
    if (parts.length === 0) return
    missed.tell(
      failureOf(
        parts.map(({ name, unsure }) => `${(unsure ? words.unsure : words.undone)[name]}.`).join(' '),
      ),
    )
  }
}

/** Tells of what failed after the contact was left, and what it would not show if it were opened again. */
export function useMissedWords() {
  const missed = useMissedFailuresStore()
  const failureOf = useMissed()
  return (what: string): void => missed.add(failureOf(what))
}
