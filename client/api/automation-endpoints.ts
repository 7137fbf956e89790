import type {
  RuleAnswer,
  RuleInput,
  RuleLogAnswer,
  RulePreview,
  RulePreviewInput,
  RulesAnswer,
} from '../../shared/automation-contract.ts'
import { useApi } from './endpoints.ts'
import type { Http } from './session-http.ts'

/** Calls about follow-up rules; loaded with the settings. */
function createAutomationApi(http: Http) {
  const at = (ruleId: string) => `/api/automations/${encodeURIComponent(ruleId)}`
  return {
    list: () => http<RulesAnswer>({ method: 'GET', url: '/api/automations' }),
    create: (data: RuleInput) => http<RuleAnswer>({ method: 'POST', url: '/api/automations', data }),
    update: (ruleId: string, data: RuleInput) => http<RuleAnswer>({ method: 'PUT', url: at(ruleId), data }),
    remove: (ruleId: string) => http<unknown>({ method: 'DELETE', url: at(ruleId) }),
    preview: (data: RulePreviewInput) =>
      http<RulePreview>({ method: 'POST', url: '/api/automations/preview', data }),
    log: (cursor?: string) =>
      http<RuleLogAnswer>({ method: 'GET', url: '/api/automations/log', params: { cursor } }),
  }
}

export function useAutomationApi() {
  return createAutomationApi(useApi().http)
}
