import { computed, ref, watch } from 'vue'

/** About four rows of the panel, in letters. */
const roomLetters = 180
/** What a tag takes beside its name, and the most that it takes: two rows. */
const frameLetters = 5
const mostLetters = 90

function countThatFits(tags: readonly string[]): number {
  let letters = 0
  const end = tags.findIndex((tag) => {
    letters += Math.min(tag.length + frameLetters, mostLetters)
    return letters > roomLetters
  })
  return end === -1 ? tags.length : end
}

/** A contact may have hundreds of tags: a few rows show, and what is added since one looks, until all are asked for. */
export function useFewTags(tags: () => readonly string[]) {
  const showsAll = ref(false)
  const added = ref(new Set<string>())
  watch(tags, (now, before) => {
    const known = new Set(before)
    for (const tag of now) if (!known.has(tag)) added.value.add(tag)
  })
  const few = computed(() => {
    const count = countThatFits(tags())
    return tags().filter((tag, index) => index < count || added.value.has(tag))
  })
  return {
    shown: computed(() => (showsAll.value ? tags() : few.value)),
    hasMore: computed(() => few.value.length < tags().length),
    showsAll,
  }
}
