import '@fontsource-variable/inter/wght.css'
import { createWebHistory } from 'vue-router'
import { createWrapupApp } from './app-factory.ts'
import { usePlatformContext } from './composables/usePlatformContext.ts'
import { loadContactView } from './router.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'

const { app } = createWrapupApp({
  platform: usePlatformContext(window),
  history: createWebHistory(),
  now: Date.now,
})
app.mount('#app')

/** Once the list is usable, the contact view is fetched so that opening one does not wait for it. */
function preloadContactView(): void {
  loadContactView().catch(() => undefined)
}
if ('requestIdleCallback' in window) window.requestIdleCallback(preloadContactView, { timeout: 3000 })
else setTimeout(preloadContactView, 1000)
