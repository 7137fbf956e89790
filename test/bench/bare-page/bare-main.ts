import { createPinia, defineStore } from 'pinia'
import { createApp, defineComponent, h, ref } from 'vue'
import { createRouter, createWebHistory, RouterView } from 'vue-router'

const useQueryStore = defineStore('query', () => {
  const query = ref('')
  return { query }
})

/** The least that a page of these three libraries can be: one search field bound to a store. */
const SearchView = defineComponent({
  setup() {
    const store = useQueryStore()
    return () =>
      h('input', {
        type: 'search',
        'aria-label': 'Search contacts',
        value: store.query,
        onInput: (event: Event) => {
          if (event.target instanceof HTMLInputElement) store.query = event.target.value
        },
      })
  },
})

const router = createRouter({
  history: createWebHistory(),
  routes: [{ path: '/:rest(.*)*', component: SearchView }],
})

createApp({ render: () => h(RouterView) })
  .use(createPinia())
  .use(router)
  .mount('#app')
