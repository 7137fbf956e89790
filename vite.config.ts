import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const appPort = process.env['PORT'] ?? '3000'
const app = `http://127.0.0.1:${appPort}`

/** The page asks by XMLHttpRequest; axios' other way to ask would be 4 of its 21 kB for nothing. */
const axiosWithoutFetch: Plugin = {
  name: 'axios-without-fetch',
  apply: 'build',
  load: (id) => (id.endsWith('/axios/lib/adapters/fetch.js') ? 'export const getFetch = () => null' : null),
}

export default defineConfig({
  root: 'client',
  // No component is written with the options API: Vue's part for it stays out of the page.
  plugins: [vue({ features: { optionsAPI: false } }), axiosWithoutFetch],
  build: {
    outDir: '../dist/client',
    emptyOutDir: true,
    // The page's Content-Security-Policy allows files of our own origin only: nothing may be inlined as data.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    reportCompressedSize: true,
    // Whatever shares what with whom, all pages need Vue: in one file it is smaller than where the bundler would cut it.
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: 'vue', test: /node_modules\/(@vue|vue|vue-router|pinia)\// }] },
      },
    },
  },
  server: {
    proxy: { '/api': app, '/oauth': app, '/webhooks': app },
  },
})
