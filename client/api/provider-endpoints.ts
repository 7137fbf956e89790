import type {
  CarrierName,
  CheckProvider,
  ChooseProvider,
  ConnectProvider,
  DisconnectAnswer,
  ProviderAccountAnswer,
  ProviderConnectionAnswer,
  ProvidersAnswer,
  TestMessage,
  TestMessageAnswer,
} from '../../shared/provider-contract.ts'
import { useApi } from './endpoints.ts'
import type { Http } from './session-http.ts'

/** Calls about other SMS systems; loaded with the views that speak of them. */
function createProviderApi(http: Http) {
  const at = (carrier: CarrierName, rest = '') => `/api/providers/${carrier}${rest}`
  return {
    list: () => http<ProvidersAnswer>({ method: 'GET', url: '/api/providers' }),
    choose: (data: ChooseProvider) => http<unknown>({ method: 'PUT', url: '/api/providers/chosen', data }),
    check: (data: CheckProvider) =>
      http<ProviderAccountAnswer>({ method: 'POST', url: '/api/providers/check', data }),
    getAccount: (carrier: CarrierName) =>
      http<ProviderAccountAnswer>({ method: 'GET', url: at(carrier, '/account') }),
    connect: (data: ConnectProvider) =>
      http<ProviderConnectionAnswer>({ method: 'PUT', url: at(data.carrier), data }),
    sendTest: (carrier: CarrierName, data: TestMessage, idempotencyKey: string) =>
      http<TestMessageAnswer>({ method: 'POST', url: at(carrier, '/test-message'), data, idempotencyKey }),
    disconnect: (carrier: CarrierName) => http<DisconnectAnswer>({ method: 'DELETE', url: at(carrier) }),
  }
}

export function useProviderApi() {
  return createProviderApi(useApi().http)
}
