import { Router } from 'express'
import {
  type TaskAnswer,
  taskCompletedSchema,
  taskInputSchema,
  type TaskListAnswer,
} from '../../shared/task-contract.ts'
import { idParam } from '../request-params.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { TaskService } from './task-service.ts'

export function createTaskRoutes({ taskService }: { taskService: TaskService }): Router {
  const router = Router()

  router.get('/:contactId/tasks', async (request, response) => {
    const tasks = await taskService.list(sessionOf(response), idParam(request, 'contactId'))
    response.json({ tasks } satisfies TaskListAnswer)
  })

  router.post('/:contactId/tasks', async (request, response) => {
    const input = taskInputSchema.parse(request.body)
    const task = await taskService.create(sessionOf(response), idParam(request, 'contactId'), input)
    response.status(201).json({ task } satisfies TaskAnswer)
  })

  router.put('/:contactId/tasks/:taskId', async (request, response) => {
    const input = taskInputSchema.parse(request.body)
    const [contactId, taskId] = [idParam(request, 'contactId'), idParam(request, 'taskId')]
    const task = await taskService.update(sessionOf(response), contactId, taskId, input)
    response.json({ task } satisfies TaskAnswer)
  })

  router.put('/:contactId/tasks/:taskId/completed', async (request, response) => {
    const { completed } = taskCompletedSchema.parse(request.body)
    const [contactId, taskId] = [idParam(request, 'contactId'), idParam(request, 'taskId')]
    const task = await taskService.setCompleted(sessionOf(response), contactId, taskId, completed)
    response.json({ task } satisfies TaskAnswer)
  })

  router.delete('/:contactId/tasks/:taskId', async (request, response) => {
    await taskService.remove(sessionOf(response), idParam(request, 'contactId'), idParam(request, 'taskId'))
    response.status(204).end()
  })

  return router
}
