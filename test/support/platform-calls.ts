import type { RecordedCall } from '../sandbox/call-recorder.ts'
import type { World } from './world.ts'

/** What reached the stand-in CRM, to tell what happened from what the page says. */
export function writesTo({ sandbox }: World, path: string | RegExp): RecordedCall[] {
  return sandbox.calls.filter(
    (call) => call.method !== 'GET' && (typeof path === 'string' ? call.path === path : path.test(call.path)),
  )
}

export function sentTexts(world: World): RecordedCall[] {
  return writesTo(world, '/conversations/messages')
}
