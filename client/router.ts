import { createRouter, type LocationQuery, type RouteLocationRaw, type RouterHistory } from 'vue-router'
import HomeView from './views/HomeView.vue'

export const loadContactView = () => import('./views/ContactView.vue')
const loadSettingsView = () => import('./views/SettingsView.vue')

/** Ids are the platform's; what does not look like one (an unfilled template, say) is no deep link. */
const contactIdPattern = /^[A-Za-z0-9_-]{1,64}$/

/** The contact that whoever opened the frame asked for: `?contact_id=`. */
export function deepLink(query: LocationQuery): RouteLocationRaw | undefined {
  const { contact_id: contactId, ...rest } = query
  if (typeof contactId !== 'string' || !contactIdPattern.test(contactId)) return undefined
  return { name: 'contact', params: { contactId }, query: rest, replace: true }
}

/** @param prepare what a view with data of the server needs before it is set up */
export function createWrapupRouter(history: RouterHistory, prepare: () => Promise<void>) {
  const prepared =
    <View>(load: () => Promise<View>) =>
    async () => {
      const [view] = await Promise.all([load(), prepare()])
      return view
    }
  return createRouter({
    history,
    routes: [
      { path: '/', name: 'home', component: HomeView, beforeEnter: (to) => deepLink(to.query) ?? true },
      { path: '/contacts/:contactId', name: 'contact', component: prepared(loadContactView), props: true },
      { path: '/settings', name: 'settings', component: prepared(loadSettingsView) },
      { path: '/:rest(.*)*', redirect: (to) => ({ path: '/', query: to.query }) },
    ],
  })
}
