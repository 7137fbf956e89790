import type { EventType, LocationEvent } from '../../shared/event-contract.ts'
import { type MessageStatus, messageStatuses } from '../../shared/message-statuses.ts'

const types: Record<EventType, true> = {
  message: true,
  message_status: true,
  contact: true,
  task: true,
  note: true,
  tags: true,
  installation: true,
}

const isType = (value: unknown): value is EventType =>
  typeof value === 'string' && Object.hasOwn(types, value)

const isStatus = (value: unknown): value is MessageStatus =>
  messageStatuses.some((status) => status === value)

function parsed(data: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** What one event says; null for what this page does not know (a newer server may tell more). */
export function toLocationEvent(data: string): LocationEvent | null {
  const { type, contactId, at, messageId, status, direction } = parsed(data)
  if (!isType(type)) return null
  return {
    type,
    contactId: typeof contactId === 'string' ? contactId : null,
    at: typeof at === 'string' ? at : '',
    ...(typeof messageId === 'string' ? { messageId } : {}),
    ...(isStatus(status) ? { status } : {}),
    ...(direction === 'inbound' || direction === 'outbound' ? { direction } : {}),
  }
}
