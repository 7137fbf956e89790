import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import type { Task, TaskInput } from '../../shared/task-contract.ts'
import { useApi } from '../api/endpoints.ts'
import { contactTexts } from '../contact-texts.ts'
import { useLiveStore } from '../stores/live-store.ts'
import { tasksQueryKey } from './query-keys.ts'
import { useContactCache } from './useContactCache.ts'
import { useContactScope } from './useContactScope.ts'
import { useFailure } from './useFailure.ts'

const dueMs = (task: Task) => (task.dueDate === null ? Infinity : Date.parse(task.dueDate))

/** Open ones first, the most urgent on top; done ones by their due date, the latest on top. */
export function sortTasks(tasks: readonly Task[]): Task[] {
  return [...tasks].sort((a, b) => {
    if (a.completed !== b.completed) return a.completed ? 1 : -1
    if (dueMs(a) === dueMs(b)) return a.title.localeCompare(b.title)
    return (dueMs(a) < dueMs(b) ? -1 : 1) * (a.completed ? -1 : 1)
  })
}

/** Follow-up tasks of the open contact. */
export function useFollowUps() {
  const { contactId } = useContactScope()
  const api = useApi()
  const cache = useContactCache(contactId)
  const live = useLiveStore()
  const { failure, attempt, dismiss } = useFailure()
  const query = useQuery({
    key: tasksQueryKey(contactId),
    query: async () => (await api.listTasks(contactId)).tasks,
  })

  const add = (input: TaskInput) =>
    attempt(contactTexts.tasks.addFailed, async () =>
      cache.upsertTask((await api.createTask(contactId, input)).task),
    )

  const update = (taskId: string, input: TaskInput) =>
    attempt(contactTexts.tasks.changeFailed, async () =>
      cache.upsertTask((await api.updateTask(contactId, taskId, input)).task),
    )

  /** Shown as done at once; put back if the CRM refuses. */
  async function complete(task: Task, completed: boolean): Promise<void> {
    cache.upsertTask({ ...task, completed })
    const succeeded = await live.hold(() =>
      attempt(contactTexts.tasks.changeFailed, async () =>
        cache.upsertTask((await api.completeTask(contactId, task.id, completed)).task),
      ),
    )
    if (!succeeded) cache.upsertTask(task)
  }

  const remove = (taskId: string) =>
    attempt(contactTexts.tasks.deleteFailed, async () => {
      await api.deleteTask(contactId, taskId)
      cache.dropTask(taskId)
    })

  return {
    query,
    tasks: computed(() => sortTasks(query.data.value ?? [])),
    failure,
    dismiss,
    add,
    update,
    complete,
    remove,
  }
}
