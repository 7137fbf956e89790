import type {
  ChangeSyncRun,
  DecideDuplicate,
  PreviewSync,
  StartSyncRun,
  SyncAnswer,
  SyncFieldsAnswer,
  SyncLogAnswer,
  SyncLogQuery,
  SyncPreviewAnswer,
  SyncRunAnswer,
  SyncSettings,
} from '../../shared/sync-contract.ts'
import { useApi } from './endpoints.ts'
import type { Http } from './session-http.ts'

/** Calls about keeping contacts in step; loaded with the settings. */
function createSyncApi(http: Http) {
  return {
    get: () => http<SyncAnswer>({ method: 'GET', url: '/api/sync' }),
    listFields: () => http<SyncFieldsAnswer>({ method: 'GET', url: '/api/sync/fields' }),
    save: (data: SyncSettings) => http<SyncAnswer>({ method: 'PUT', url: '/api/sync/settings', data }),
    preview: (data: PreviewSync) =>
      http<SyncPreviewAnswer>({ method: 'POST', url: '/api/sync/preview', data }),
    start: (data: StartSyncRun) => http<SyncRunAnswer>({ method: 'POST', url: '/api/sync/runs', data }),
    changeRun: (runId: string, data: ChangeSyncRun) =>
      http<SyncRunAnswer>({
        method: 'POST',
        url: `/api/sync/runs/${encodeURIComponent(runId)}/state`,
        data,
      }),
    listLog: (params: { only?: SyncLogQuery['only']; cursor?: string | undefined }) =>
      http<SyncLogAnswer>({ method: 'GET', url: '/api/sync/log', params }),
    replay: (entryId: number) => http<unknown>({ method: 'POST', url: `/api/sync/log/${entryId}/replay` }),
    decide: (duplicateId: number, data: DecideDuplicate) =>
      http<SyncAnswer>({ method: 'POST', url: `/api/sync/duplicates/${duplicateId}`, data }),
  }
}

export function useSyncApi() {
  return createSyncApi(useApi().http)
}
