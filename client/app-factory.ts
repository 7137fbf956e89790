import { PiniaColada } from '@pinia/colada'
import type { AxiosAdapter } from 'axios'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import type { RouterHistory } from 'vue-router'
import { apiKey, createApi, createSessionApi } from './api/endpoints.ts'
import { createHttp, type Transport } from './api/session-http.ts'
import App from './App.vue'
import { firstPaint } from './composables/first-paint.ts'
import type { PlatformContext } from './composables/usePlatformContext.ts'
import { createWrapupRouter } from './router.ts'
import { sessionPartsKey, useSessionStore } from './stores/session-store.ts'

export type WrapupParts = {
  platform: PlatformContext
  history: RouterHistory
  now: () => number
  /** Another way to the server than the browser's. */
  adapter?: AxiosAdapter
}

/** Loads what talks to the server once the page is drawn: the search field does not wait for it. */
function loadTransport(adapter?: AxiosAdapter): Transport {
  const load = async () => {
    await firstPaint
    return (await import('./api/http.ts')).createTransport(adapter)
  }
  let loading: Promise<Transport> | null = load()
  loading.catch(() => {
    loading = null
  })
  return async (request, token) => (await (loading ??= load()))(request, token)
}

/** Builds the page; the handshake with the CRM starts here, before anything is drawn. */
export function createWrapupApp({ platform, history, now, adapter }: WrapupParts) {
  const app = createApp(App)
  const pinia = createPinia()
  const transport = loadTransport(adapter)
  app.provide(sessionPartsKey, { platform, api: createSessionApi(transport), now })
  app.use(pinia)
  app.use(PiniaColada, { queryOptions: { refetchOnWindowFocus: false } })

  const session = useSessionStore(pinia)
  app.provide(apiKey, createApi(createHttp(transport, session)))
  if (platform.embedded) void session.retry()

  const router = createWrapupRouter(history)
  app.use(router)
  return { app, router, session }
}
