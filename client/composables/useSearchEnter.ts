import { nextTick, watch } from 'vue'
import { useContactsStore } from '../stores/contacts-store.ts'
import { useDraftsStore } from '../stores/drafts-store.ts'
import { useContactNavigation } from './useContactNavigation.ts'

/**
 * Enter in the search, which may come before the answer: it counts for exactly the text it was pressed on. The only
 * contact found is opened, and what is typed meanwhile goes on in its message; several are gone to, so that nobody gets
 * the wrong person. Where nobody is opened, what was typed goes on in the search.
 */
export function useSearchEnter(enterList: () => void) {
  const contacts = useContactsStore()
  const drafts = useDraftsStore()
  const { open } = useContactNavigation()
  let asked: string | null = null
  let isOpening = false
  let typed = ''

  function forget(): string {
    const rest = typed
    asked = null
    isOpening = false
    typed = ''
    return rest
  }

  /** Whether there was anything to give back to the search. */
  function callOff(): boolean {
    const rest = forget()
    if (rest !== '') contacts.search(contacts.query + rest)
    return rest !== ''
  }

  async function openFound(contactId: string): Promise<void> {
    isOpening = true
    try {
      await open(contactId, 'message')
    } finally {
      const rest = forget()
      if (rest !== '') drafts.draftOf(contactId).message += rest
    }
  }

  function goOn(): void {
    const [first] = contacts.rows
    if (first && contacts.rows.length === 1 && !contacts.hasMore) void openFound(first.id)
    else if (!callOff() && first) void nextTick(enterList)
  }

  const isAnswered = () =>
    ['ready', 'loading_more'].includes(contacts.state.status) && contacts.shownQuery === contacts.query

  watch(
    () => [contacts.state.status, contacts.query],
    ([status, query]) => {
      if (asked === null || isOpening) return
      if (query !== asked) forget()
      else if (isAnswered()) goOn()
      else if (status === 'error') callOff()
    },
  )

  return {
    onEnter(): void {
      if (asked === contacts.query || contacts.query.trim() === '') return
      asked = contacts.query
      if (isAnswered()) goOn()
      else void contacts.load()
    },

    /** A letter that follows Enter is not part of the search any more; any other change calls the Enter off. */
    onBeforeInput(event: InputEvent): void {
      if (asked === null) return
      if (event.inputType === 'insertText' && event.data !== null) typed += event.data
      else if (event.inputType === 'deleteContentBackward' && typed !== '') typed = typed.slice(0, -1)
      else return void callOff()
      event.preventDefault()
    },

    /** Whoever goes elsewhere wants nothing opened. */
    onBlur(): void {
      if (!isOpening) callOff()
    },
  }
}
