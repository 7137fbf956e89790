import { nextTick, type Ref, watch } from 'vue'

type AnchoredScrollParts = {
  scroller: Readonly<Ref<HTMLElement | null>>
  keys: Readonly<Ref<readonly string[]>>
  /** Which list the rows are of: in another one, nothing is being read yet. */
  listOf: () => string
  rowHeightPx: number
}

/** The row that marks where one reads: of the first two in view the one that moves less, since the other one was moved. */
export function anchorShift(before: readonly string[], now: readonly string[], firstIndex: number): number {
  const shifts = [firstIndex, firstIndex + 1].flatMap((index) => {
    const key = before[index]
    const place = key === undefined ? -1 : now.indexOf(key)
    return place === -1 ? [] : [place - index]
  })
  return shifts.reduce((least, shift) => (Math.abs(shift) < Math.abs(least) ? shift : least), shifts[0] ?? 0)
}

/** Rows that come or go above what one reads do not move it; at the top, the newest row shows. */
export function useAnchoredScroll({ scroller, keys, listOf, rowHeightPx }: AnchoredScrollParts): void {
  watch([keys, listOf], async ([now, list], [before, listBefore]) => {
    const element = scroller.value
    if (!element || list !== listBefore || element.scrollTop < rowHeightPx / 2) return
    const { scrollTop } = element
    const shift = anchorShift(before, now, Math.floor(scrollTop / rowHeightPx))
    await nextTick()
    if (shift !== 0) element.scrollTop = scrollTop + shift * rowHeightPx
  })
}
