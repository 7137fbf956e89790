import { computed, nextTick } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { type OpenFocus, useContactsStore } from '../stores/contacts-store.ts'
import { focusField } from './field-focus.ts'

/** Rows from the end at which more are fetched, so that stepping on never waits. */
const fetchAhead = 5

/** Opens contacts of the list, by id or one after the other. */
export function useContactNavigation() {
  const router = useRouter()
  const route = useRoute()
  const contacts = useContactsStore()
  const currentId = computed(() =>
    route.name === 'contact' && typeof route.params['contactId'] === 'string'
      ? route.params['contactId']
      : null,
  )

  const linkTo = (contactId: string) => ({ name: 'contact', params: { contactId }, query: route.query })

  /** From one contact to the next leaves one step back: to the list, not through every contact seen. */
  async function open(contactId: string, focus: OpenFocus): Promise<void> {
    if (contactId === currentId.value) return void focusField(focus)
    contacts.focusOnOpen = focus
    await (currentId.value === null ? router.push : router.replace)(linkTo(contactId))
    await nextTick()
  }

  const hasNeighbour = (by: 1 | -1) => contacts.neighbour(currentId.value, by) !== undefined

  /** Whether there was one to go to. */
  function step(by: 1 | -1, focus: OpenFocus): boolean {
    const row = contacts.neighbour(currentId.value, by)
    if (!row) return false
    if (contacts.rows.indexOf(row) >= contacts.rows.length - fetchAhead) void contacts.loadMore()
    void open(row.id, focus)
    return true
  }

  return { currentId, linkTo, open, hasNeighbour, step }
}
