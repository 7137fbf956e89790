import { expect, vi } from 'vitest'
import { createMemoryHistory } from 'vue-router'
import { useApi } from '../../client/api/endpoints.ts'
import { createWrapupApp } from '../../client/app-factory.ts'
import type { PlatformContext } from '../../client/composables/usePlatformContext.ts'
import { createFakeServer, ok } from './fake-server.ts'
import { createFakeStream } from './fake-stream.ts'
import { me, sampleContact, sampleConversation, sampleSession, sampleTimelineMessage } from './sample-data.ts'

/** A CRM that answers at once. */
export function willingPlatform(): PlatformContext & { asked: () => number } {
  let asked = 0
  return {
    embedded: true,
    request: async () => {
      asked += 1
      return 'encrypted-context'
    },
    asked: () => asked,
  }
}

/** Nothing is connected that has contacts. */
export const noSync = {
  isConnected: false,
  settings: {
    enabled: false,
    mappings: [],
    createInCrm: true,
    createInProvider: true,
    newContactTag: null,
    syncTags: false,
    tagOrder: [],
    syncNotes: false,
  },
  firstRunAt: null,
  polledAt: null,
  lastRun: null,
  linkedCount: 0,
  duplicates: [],
}

/** A server with one contact and everything a page asks for on its own. */
export function createStandardServer() {
  const server = createFakeServer()
  server.on('POST /api/session', () => ok(sampleSession()))
  server.on(
    'GET /api/conversations',
    ok({ conversations: [1, 2, 3].map(sampleConversation), nextCursor: null }),
  )
  server.on('GET /api/contacts/:id', ok({ contact: sampleContact() }))
  server.on('GET /api/contacts/:id/timeline', ok({ items: [sampleTimelineMessage()], nextCursor: null }))
  server.on('GET /api/contacts/:id/tasks', ok({ tasks: [] }))
  server.on('GET /api/contacts/:id/notes', ok({ notes: [] }))
  server.on(
    'GET /api/tags',
    ok({ tags: ['vip', 'vip gold', 'callback'].map((name) => ({ id: name, name })) }),
  )
  server.on('GET /api/users', ok({ users: [me, { id: 'user-2', name: 'Luis Prado', email: '' }] }))
  server.on('GET /api/phone-numbers', ok({ phoneNumbers: [] }))
  server.on('GET /api/automations', ok({ rules: [] }))
  server.on('GET /api/sync', ok(noSync))
  server.on('GET /api/providers', ok({ providers: [], chosen: 'crm' }))
  return server
}

type PageOptions = {
  path?: string
  server?: ReturnType<typeof createFakeServer>
  platform?: PlatformContext
  stream?: ReturnType<typeof createFakeStream>
}

/** The parts of the page without drawing it. */
export function startParts({
  server = createStandardServer(),
  platform = willingPlatform(),
  stream = createFakeStream(),
}: PageOptions = {}) {
  const parts = createWrapupApp({
    platform,
    history: createMemoryHistory(),
    now: Date.now,
    adapter: server.adapter,
    fetch: stream.fetch,
  })
  return { ...parts, server, platform, stream, api: parts.app.runWithContext(useApi) }
}

/** Waits for what the page does on its own; parts of it are loaded only when they are needed. */
export function eventually<Result>(check: () => Result): Promise<Result> {
  return vi.waitFor(check, { timeout: 4_000, interval: 10 })
}

/** An element that must be there. */
export function element<Kind extends Element = HTMLElement>(selector: string): Kind {
  const found = document.querySelector<Kind>(selector)
  if (!found) throw new Error(`There is no ${selector} in ${document.body.textContent}`)
  return found
}

export function button(name: string): HTMLButtonElement {
  const found = [...document.querySelectorAll('button')].find(
    (candidate) => (candidate.getAttribute('aria-label') ?? candidate.textContent ?? '').trim() === name,
  )
  if (!found) throw new Error(`There is no button "${name}"`)
  return found
}

export function textsOf(selector: string): string[] {
  return [...document.querySelectorAll(selector)].map((found) => (found.textContent ?? '').trim())
}

export function type(selector: string, text: string): void {
  const field = element<HTMLInputElement>(selector)
  field.focus()
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

export function press(target: EventTarget, key: string, init: KeyboardEventInit = {}): void {
  const code = key.length === 1 ? `Key${key.toUpperCase()}` : key
  target.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true, ...init }))
}

/** Writes a message and presses Send. */
export async function sendText(text: string): Promise<void> {
  type(fields.message, text)
  await eventually(() => expect(button('Send').disabled).toBe(false))
  button('Send').click()
}

/** Draws the page; call `close` at the end. */
export async function openPage(options: PageOptions = {}) {
  const parts = startParts(options)
  const root = document.createElement('div')
  document.body.append(root)
  await parts.router.push(options.path ?? '/')
  parts.app.mount(root)
  return {
    ...parts,
    close: () => {
      parts.app.unmount()
      root.remove()
    },
  }
}

/** Opens the contact and waits until it is drawn. */
export async function openContact(options: PageOptions = {}) {
  const page = await openPage({ path: '/contacts/contact-1', ...options })
  await eventually(() => {
    element('h1')
    element('ul[aria-label="Tags"]')
    element('[role="log"][aria-busy="false"]')
  })
  return page
}

export const fields = {
  message: '#message-field',
  tag: '#tag-field',
  followUp: '#follow-up-field',
  note: '#note-field',
  result: '[aria-label="Wrap-up result"]',
} as const
