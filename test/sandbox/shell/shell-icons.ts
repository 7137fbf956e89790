import { html, type SafeHtml } from './shell-html.ts'

const paths = {
  dashboard: 'M4 4h7v7H4zM13 4h7v4h-7zM13 10h7v10h-7zM4 13h7v7H4z',
  conversations: 'M4 5h16v11H10l-5 4v-4H4z',
  calendars: 'M4 6h16v14H4zM4 10h16M8 3v4M16 3v4',
  contacts: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6',
  opportunities: 'M4 4h16l-6 8v7l-4-2v-5z',
  payments: 'M3 6h18v12H3zM3 10h18',
  wrapup: 'M4 12l5 5L20 6',
  settings: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4',
} as const

export type ShellIcon = keyof typeof paths

export function icon(name: ShellIcon): SafeHtml {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${paths[name]}" /></svg>`
}
