import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

export type Question = { title: string; text: string; action: string }

/** Asks before something that cannot be undone. */
export const useConfirmStore = defineStore('confirm', () => {
  const question = shallowRef<Question | null>(null)
  let settle: ((confirmed: boolean) => void) | null = null

  function ask(next: Question): Promise<boolean> {
    settle?.(false)
    question.value = next
    return new Promise((resolve) => {
      settle = resolve
    })
  }

  function answer(confirmed: boolean): void {
    question.value = null
    settle?.(confirmed)
    settle = null
  }

  return { question, ask, answer }
})
