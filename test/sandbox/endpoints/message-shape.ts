import type { SandboxMessage } from '../state.ts'

/** A message as the lists and `GET /conversations/messages/{id}` tell it. */
export function messageShape(message: SandboxMessage): Record<string, unknown> {
  const { userId, from, to, scheduledTimestamp, ...fields } = message
  return {
    ...fields,
    attachments: [...message.attachments],
    contentType: 'text/plain',
    ...(userId ? { userId } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(scheduledTimestamp === null ? {} : { scheduledTimestamp }),
  }
}
