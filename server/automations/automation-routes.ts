import { Router } from 'express'
import {
  type RuleAnswer,
  ruleInputSchema,
  type RuleLogAnswer,
  ruleLogQuerySchema,
  type RulePreview,
  rulePreviewInputSchema,
  type RulesAnswer,
} from '../../shared/automation-contract.ts'
import { idParam, queryOf } from '../request-params.ts'
import { sessionOf } from '../session/authenticate.ts'
import type { AutomationService } from './automation-service.ts'

/** `/api/automations`: follow-up rules, and what they did. */
export function createAutomationRoutes(parts: { automationService: AutomationService }): Router {
  const { automationService } = parts
  const router = Router()

  router.get('/', async (_request, response) => {
    response.json((await automationService.list(sessionOf(response))) satisfies RulesAnswer)
  })

  router.post('/', async (request, response) => {
    const input = ruleInputSchema.parse(request.body)
    const rule = await automationService.create(sessionOf(response), input)
    response.status(201).json({ rule } satisfies RuleAnswer)
  })

  router.post('/preview', async (request, response) => {
    const input = rulePreviewInputSchema.parse(request.body)
    response.json((await automationService.preview(sessionOf(response), input)) satisfies RulePreview)
  })

  router.get('/log', async (request, response) => {
    const query = ruleLogQuerySchema.parse(queryOf(request))
    response.json((await automationService.log(sessionOf(response), query)) satisfies RuleLogAnswer)
  })

  router.put('/:ruleId', async (request, response) => {
    const input = ruleInputSchema.parse(request.body)
    const rule = await automationService.update(sessionOf(response), idParam(request, 'ruleId'), input)
    response.json({ rule } satisfies RuleAnswer)
  })

  router.delete('/:ruleId', async (request, response) => {
    await automationService.remove(sessionOf(response), idParam(request, 'ruleId'))
    response.status(204).end()
  })

  return router
}
