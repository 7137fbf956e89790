import type { Draft } from './drafts-store.ts'

export function isTyped({ message, tag, task, note }: Draft): boolean {
  return [message, tag, task.title, note].some((text) => text.trim() !== '')
}

/** Whether the CRM is asked to do something of it right now. */
export function isUnderWay({ send, adds, wrapUp }: Draft): boolean {
  const isAdding = Object.values(adds).some(({ status }) => status === 'adding')
  return isAdding || send.status === 'sending' || wrapUp.status === 'running'
}

/** Whether something of it did not happen, or may not have happened. */
export function isUnsettled({ send, adds, wrapUp }: Draft): boolean {
  if (wrapUp.status === 'done' && Object.values(wrapUp.parts).some((part) => part?.ok === false)) return true
  return (
    ['failed', 'unknown', 'twin'].includes(send.status) ||
    [wrapUp, ...Object.values(adds)].some(({ status }) => status === 'failed')
  )
}
