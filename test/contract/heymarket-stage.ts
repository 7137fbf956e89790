import { createHeymarketAdapter } from '../../server/providers/heymarket-adapter.ts'
import { createHeymarketContactsApi } from '../../server/providers/heymarket-contacts-api.ts'
import { createHeymarketHttp } from '../../server/providers/heymarket-http.ts'
import type { OutboundText } from '../../server/providers/provider-adapter.ts'
import type { HeymarketBehaviour } from '../sandbox/heymarket/heymarket-parts.ts'
import { startHeymarketSandbox } from '../sandbox/heymarket/heymarket-sandbox.ts'
import { heymarketIds } from '../sandbox/heymarket/heymarket-state.ts'
import { createTestClock } from '../support/clock.ts'

export const sender: { inboxId: number; creatorId: number } = {
  inboxId: heymarketIds.inbox.support,
  creatorId: heymarketIds.member.ada,
}

/** The adapter and the contacts beside a stand-in whose clock stands. */
export async function startHeymarketStage(behaviour: Partial<HeymarketBehaviour> = {}) {
  const clock = createTestClock()
  const heymarket = await startHeymarketSandbox({ clock, behaviour })
  const baseUrl = heymarket.origin
  const connect = (
    parts: {
      credentials?: { secretId: string; secretKey: string }
      settings?: typeof sender
      now?: () => number
      timeoutMs?: number
    } = {},
  ) =>
    createHeymarketAdapter({
      baseUrl,
      credentials: heymarket.credentials(),
      settings: sender,
      now: clock.now,
      random: () => 0.5,
      ...parts,
    })
  const http = createHeymarketHttp({ baseUrl, credentials: heymarket.credentials(), now: clock.now })
  return {
    clock,
    heymarket,
    connect,
    adapter: connect(),
    http,
    contacts: createHeymarketContactsApi({ http, sender }),
    callsOf: (path: string) => heymarket.calls.filter((call) => call.path === path),
  }
}

export type HeymarketStage = Awaited<ReturnType<typeof startHeymarketStage>>

let lastText = 0

/** A text like no other. */
export function textTo(to: string, changes: Partial<OutboundText> = {}): OutboundText {
  lastText += 1
  return {
    to,
    text: `Your table is ready (${lastText})`,
    mediaUrls: [],
    dedupe: { text: `ours-${lastText}`, number: lastText },
    contactId: 'contact-1',
    ...changes,
  }
}
