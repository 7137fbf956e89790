import { computed, shallowRef } from 'vue'
import { type ContactRow, inPlace, writersSince } from './contact-rows.ts'

const isSameOrder = (one: readonly ContactRow[], other: readonly ContactRow[]) =>
  one.length === other.length && one.every((row, index) => row.id === other[index]?.id)

/**
 * The order of the list. The newest conversation comes first, but nobody loses their place: while the list is worked,
 * each row stays where it stands and takes the latest words in place, so that the next contact is the one seen below.
 * The rows are put in order again when that ends, when the list is loaded anew, and when the person asks for it.
 */
export function createRowOrder() {
  /** As they are shown. */
  const rows = shallowRef<ContactRow[]>([])
  const newestFirst = shallowRef<ContactRow[]>([])
  /** Who wrote since the rows were put in order. */
  const writers = shallowRef<ReadonlySet<string>>(new Set())
  let isWorked = false

  function putInOrder(): void {
    rows.value = newestFirst.value
    writers.value = new Set()
  }

  return {
    rows,
    newestFirst,
    putInOrder,
    /** Contacts that wrote and stand further down than they will. */
    waiting: computed(() => (isSameOrder(rows.value, newestFirst.value) ? 0 : writers.value.size)),

    /** Another list. */
    replace(latest: ContactRow[]): void {
      newestFirst.value = latest
      putInOrder()
    },
    /** The same list as it is known by now. */
    update(latest: ContactRow[]): void {
      const news = writersSince(newestFirst.value, latest)
      newestFirst.value = latest
      if (!isWorked) return putInOrder()
      rows.value = inPlace(rows.value, latest)
      writers.value = new Set([...writers.value, ...news])
    },
    append(page: readonly ContactRow[]): void {
      const after = (known: readonly ContactRow[]) => {
        const ids = new Set(known.map(({ id }) => id))
        return [...known, ...page.filter(({ id }) => !ids.has(id))]
      }
      newestFirst.value = after(newestFirst.value)
      rows.value = after(rows.value)
    },
    /** Whether somebody is at work in the list. */
    work(worked: boolean): void {
      isWorked = worked
      if (!worked) putInOrder()
    },
  }
}
