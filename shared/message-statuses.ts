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

/** States of a text that did not reach anybody. */
export const failedMessageStatuses: readonly MessageStatus[] = ['failed', 'undelivered', 'opt_out']

/** How far a text has come by each; what is not higher is no progress, whenever it is heard. */
const progress: Record<MessageStatus, number> = {
  unknown: 0,
  scheduled: 1,
  pending: 2,
  queued: 3,
  sent: 4,
  failed: 5,
  undelivered: 5,
  opt_out: 5,
  delivered: 5,
  read: 6,
}

/** Whether a text is at the end of its way, or beyond: its status may still change, but it is under way no more. */
export const isStatusSettled = (status: MessageStatus): boolean => progress[status] >= progress.delivered

/** Whether `next` tells more than `known`: reports overtake each other, and a text never goes back. */
export function isStatusProgress(known: MessageStatus | null, next: MessageStatus): boolean {
  return known === null || progress[next] > progress[known]
}
