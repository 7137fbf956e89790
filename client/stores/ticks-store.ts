import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { Task } from '../../shared/task-contract.ts'

/** By the follow-up's id: a tick that is not answered yet. It outlives the view of its contact. */
export const useTicksStore = defineStore('ticks', () => {
  const ticks = shallowReactive(new Map<string, Pick<Task, 'completed'>>())
  return { all: () => ticks }
})
