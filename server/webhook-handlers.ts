import type { WebhookEvent } from './webhooks/webhook-repository.ts'

/** Door 2: what each type of the platform's events does. An unknown type does nothing. */
export type WebhookHandler = (event: WebhookEvent) => Promise<void>

export function createWebhookHandler(parts: {
  installs: {
    installed: (payload: unknown, at: Date) => Promise<void>
    uninstalled: (payload: unknown, at: Date) => Promise<void>
  }
}): WebhookHandler {
  const { installs } = parts
  /** An event without a time of its own happened when it came. */
  const timeOf = (event: WebhookEvent): Date => event.eventAt ?? event.receivedAt

  const handlers = new Map<string, WebhookHandler>([
    ['INSTALL', (event) => installs.installed(event.payload, timeOf(event))],
    ['UPDATE', (event) => installs.installed(event.payload, timeOf(event))],
    ['UNINSTALL', (event) => installs.uninstalled(event.payload, timeOf(event))],
  ])

  return async (event) => handlers.get(event.type)?.(event)
}
