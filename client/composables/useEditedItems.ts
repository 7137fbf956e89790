import { computed, onScopeDispose, type Ref } from 'vue'
import type { Edits } from '../stores/edits-store.ts'
import { useContactScope } from './useContactScope.ts'

type EditedItemsParts<Item extends { id: string }, Form extends object> = {
  items: Readonly<Ref<readonly Item[]>>
  edits: Edits<Item, Form>
  /** What its editor begins with. */
  formFor: (item: Item) => Form
}

/**
 * Items of the open contact with those being edited, even where they are gone by now or another contact was looked at
 * in between: nobody loses what they type.
 */
export function useEditedItems<Item extends { id: string }, Form extends object>({
  items,
  edits,
  formFor,
}: EditedItemsParts<Item, Form>) {
  const { contactId } = useContactScope()
  onScopeDispose(() => edits.endUnchanged(contactId))

  const withEdited = computed(() => {
    const result = [...items.value]
    for (const { item, index } of edits.of(contactId)) {
      if (!result.some(({ id }) => id === item.id)) result.splice(Math.min(index, result.length), 0, item)
    }
    return result
  })

  return {
    items: withEdited,
    /** Null while it is not edited. */
    formOf: (item: Item) => edits.formOf(contactId, item),
    setEdited(item: Item, isEdited: boolean): void {
      const index = withEdited.value.findIndex(({ id }) => id === item.id)
      if (isEdited) edits.begin(contactId, item, index, formFor(item))
      else edits.end(contactId, item)
    },
    /** Ends the editing once it was done, unless one typed on meanwhile. */
    async save(item: Item, send: () => Promise<boolean>): Promise<void> {
      const sent = JSON.stringify(edits.formOf(contactId, item))
      if (await send()) edits.endSent(contactId, item, sent)
    },
  }
}
