import { computed, type Ref, shallowRef } from 'vue'
import { pressEnds } from './press-end.ts'

/** The rows of a list; while one is pressed none moves, comes or goes: the click would miss it. */
export function useHeldRows<Row>(latest: Readonly<Ref<readonly Row[]>>) {
  const pressed = shallowRef<Promise<void> | null>(null)

  return {
    rows: computed<readonly Row[]>((before) => (pressed.value && before ? before : latest.value)),
    /** What the element of the list listens to. */
    press: {
      async pointerdown(): Promise<void> {
        const press = pressEnds()
        pressed.value = press
        await press
        if (pressed.value === press) pressed.value = null
      },
    },
  }
}
