export const messageStatuses = [
  'pending',
  'queued',
  'scheduled',
  'sent',
  'delivered',
  'read',
  'failed',
  'undelivered',
  'opt_out',
  'unknown',
] as const
export type MessageStatus = (typeof messageStatuses)[number]

/** States in which the platform may still report something new. */
export const openMessageStatuses: readonly MessageStatus[] = ['pending', 'queued', 'sent']
