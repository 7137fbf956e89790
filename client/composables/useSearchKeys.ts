import { nextTick, watch } from 'vue'
import { useContactsStore } from '../stores/contacts-store.ts'
import { useDraftsStore } from '../stores/drafts-store.ts'
import { useContactNavigation } from './useContactNavigation.ts'

/**
 * Arrow down and Enter in the search, which may come before the answer: they count for exactly the text they were
 * pressed on, so that nobody gets the wrong person. The arrow goes to the rows that answer it. Enter opens the only
 * contact found, and what is typed meanwhile goes on in its message; several are gone to. Where nobody is opened, what
 * was typed goes on in the search.
 */
export function useSearchKeys(enterList: () => void) {
  const contacts = useContactsStore()
  const drafts = useDraftsStore()
  const { open } = useContactNavigation()
  let asked: string | null = null
  let wish: 'open' | 'list' = 'list'
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
    const isOnly = contacts.rows.length === 1 && !contacts.hasMore
    if (first && isOnly && wish === 'open') void openFound(first.id)
    else if (!callOff() && first) void nextTick(enterList)
  }

  const isOfText = () => contacts.shownQuery === contacts.query
  const isAnswered = () => ['ready', 'loading_more'].includes(contacts.state.status) && isOfText()
  /** Rows that stay where more of them, or the same ones anew, could not be fetched. */
  const isLeftOver = () => contacts.state.status === 'error' && isOfText() && contacts.rows.length > 0

  watch(
    () => [contacts.state.status, contacts.query],
    ([status, query]) => {
      if (asked === null || isOpening) return
      if (query !== asked) forget()
      else if (isAnswered()) goOn()
      else if (status === 'error') callOff()
    },
  )

  /** Waits for the answer to this text where it is not there yet, and asks for it at once. */
  function want(wanted: typeof wish): void {
    asked = contacts.query
    wish = wanted
    if (isAnswered() || (wanted === 'list' && isLeftOver())) goOn()
    else if (!isOfText() || contacts.state.status === 'error') void contacts.load()
  }

  return {
    onEnter(): void {
      if (contacts.query.trim() === '') return
      if (asked === contacts.query) wish = 'open'
      else want('open')
    },

    /** After an Enter that waits, it changes nothing. */
    onArrowDown(): void {
      if (asked !== contacts.query) want('list')
    },

    /** A letter that follows Enter is not part of the search any more; any other change calls the key off. */
    onBeforeInput(event: InputEvent): void {
      if (asked === null) return
      if (wish === 'list') return void forget()
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
