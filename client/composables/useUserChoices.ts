import { computed, type ComputedRef } from 'vue'
import { contactTexts } from '../contact-texts.ts'
import { useUserPicker } from './usePickers.ts'

/** The users to choose from; one who is chosen and not listed (left, or of the agency) is kept as a choice. */
export function useUserChoices(chosenId: () => string): ComputedRef<{ id: string; name: string }[]> {
  const users = useUserPicker()
  return computed(() => {
    const listed = users.data.value ?? []
    const id = chosenId()
    const isListed = id === '' || listed.some((user) => user.id === id)
    return isListed ? listed : [...listed, { id, name: contactTexts.tasks.somebody }]
  })
}
