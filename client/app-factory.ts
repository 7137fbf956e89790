import type { AxiosAdapter } from 'axios'
import { createPinia } from 'pinia'
import { type App as VueApp, createApp } from 'vue'
import type { RouterHistory } from 'vue-router'
import { apiKey, createApi, createSessionApi } from './api/endpoints.ts'
import { createHttp, type Transport } from './api/session-http.ts'
import App from './App.vue'
import { firstPaint } from './composables/first-paint.ts'
import type { PlatformContext } from './composables/usePlatformContext.ts'
import { createWrapupRouter } from './router.ts'
import { fetchKey } from './stores/live-store.ts'
import { sessionPartsKey, useSessionStore } from './stores/session-store.ts'

export type WrapupParts = {
  platform: PlatformContext
  history: RouterHistory
  now: () => number
  /** Another way to the server than the browser's. */
  adapter?: AxiosAdapter
  /** The same for the event stream. */
  fetch?: typeof fetch
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

/** What keeps and re-reads the server's state is loaded with the first view that asks for any: the list does not. */
function loadQueries(app: VueApp): () => Promise<void> {
  let loading: Promise<void> | null = null
  const load = async () => {
    const { PiniaColada } = await import('@pinia/colada')
    app.use(PiniaColada, { queryOptions: { refetchOnWindowFocus: false } })
  }
  return () =>
    (loading ??= load().catch((thrown: unknown) => {
      loading = null
      throw thrown
    }))
}

/** Builds the page; the handshake with the CRM starts here, before anything is drawn. */
export function createWrapupApp({ platform, history, now, adapter, fetch }: WrapupParts) {
  const app = createApp(App)
  const pinia = createPinia()
  const transport = loadTransport(adapter)
  app.provide(sessionPartsKey, { platform, api: createSessionApi(transport), now })
  app.use(pinia)
  if (fetch) app.provide(fetchKey, fetch)

  const session = useSessionStore(pinia)
  app.provide(apiKey, createApi(createHttp(transport, session)))
  if (platform.embedded) void session.retry()

  const router = createWrapupRouter(history, loadQueries(app))
  app.use(router)
  return { app, router, session }
}
