import { computed, type Ref, shallowReactive } from 'vue'

/** Items with those being edited, even where they are gone by now: nobody loses what they type. */
export function useEditedItems<Item extends { id: string }>(items: Readonly<Ref<readonly Item[]>>) {
  const edited = shallowReactive(new Map<string, { item: Item; index: number }>())

  const withEdited = computed(() => {
    const result = [...items.value]
    for (const { item, index } of edited.values()) {
      if (!result.some(({ id }) => id === item.id)) result.splice(Math.min(index, result.length), 0, item)
    }
    return result
  })

  return {
    items: withEdited,
    setEdited(item: Item, isEdited: boolean): void {
      if (isEdited)
        edited.set(item.id, { item, index: withEdited.value.findIndex(({ id }) => id === item.id) })
      else edited.delete(item.id)
    },
  }
}
