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

/** The first sign of life says that a contact is about to be opened: by then its view is there. */
function preloadContactView(): void {
  loadContactView().catch(() => undefined)
}
for (const sign of ['pointermove', 'pointerdown', 'keydown']) {
  window.addEventListener(sign, preloadContactView, { once: true, passive: true })
}
