import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/vue-virtual'
import { computed, type Ref } from 'vue'

type VirtualRowsParts = {
  scroller: Readonly<Ref<HTMLElement | null>>
  count: Readonly<Ref<number>>
  keyOf: (index: number) => string | number
  rowHeightPx: number
  /** A row that stays drawn wherever one scrolls: the one that holds the focus. */
  pinnedIndex: Readonly<Ref<number>>
}

/** Draws only the rows in view of a list whose rows are all of one height. */
export function useVirtualRows({ scroller, count, keyOf, rowHeightPx, pinnedIndex }: VirtualRowsParts) {
  const virtualizer = useVirtualizer(
    computed(() => {
      const pinned = pinnedIndex.value
      return {
        count: count.value,
        getScrollElement: () => scroller.value,
        getItemKey: keyOf,
        estimateSize: () => rowHeightPx,
        overscan: 6,
        rangeExtractor: (range: Range) =>
          [...new Set([...defaultRangeExtractor(range), pinned])].sort((a, b) => a - b),
      }
    }),
  )

  return {
    /** Rows to draw, with their distance from the top. */
    rows: computed(() =>
      virtualizer.value
        .getVirtualItems()
        .filter((item) => item.index < count.value)
        .map((item) => ({ index: item.index, style: { transform: `translateY(${item.start}px)` } })),
    ),
    listStyle: computed(() => ({ height: `${virtualizer.value.getTotalSize()}px` })),
    scrollTo: (index: number) => virtualizer.value.scrollToIndex(index),
    scrollToTop: () => virtualizer.value.scrollToOffset(0),
  }
}
