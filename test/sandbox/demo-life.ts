import { setTimeout as pause } from 'node:timers/promises'
import type { RuleInput, RulesAnswer } from '../../shared/automation-contract.ts'
import type { SessionAnswer } from '../../shared/session-contract.ts'
import type { Sandbox } from './sandbox.ts'

/** By which the demo's first rule is set off. */
export const demoTag = 'hot lead'

const usual = { isOn: true, dailyLimit: 100 } as const
const demoRules: RuleInput[] = [
  {
    ...usual,
    trigger: { kind: 'tag_added', tag: demoTag },
    condition: { kind: 'is_assigned' },
    task: {
      title: 'Call {{contact.first_name|them}} while the interest is fresh',
      body: 'Somebody marked them as a hot lead.',
      due: 'tomorrow',
      assignee: { kind: 'contact_owner' },
    },
  },
  {
    ...usual,
    trigger: { kind: 'delivery_failed' },
    condition: null,
    task: {
      title: 'Find another number for {{contact.name|them}}',
      body: 'A text to {{contact.phone|them}} could not be delivered.',
      due: 'in_three_days',
      assignee: { kind: 'nobody' },
    },
  },
]

type DemoWorld = { sandbox: Pick<Sandbox, 'state' | 'userContext' | 'tagContact'>; publicUrl: string }

async function ask<Answer>(address: URL, token: string | null, body?: unknown): Promise<Answer> {
  const answer = await fetch(address, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${address.pathname} answered ${answer.status}.`)
  return (await answer.json()) as Answer
}

/** Rules as an admin may have made them, where there are none yet. */
export async function addDemoRules({ sandbox, publicUrl }: DemoWorld, locationId: string): Promise<void> {
  const admin = sandbox.state.users.find(
    ({ roles }) =>
      roles.role === 'admin' && roles.type === 'account' && roles.locationIds.includes(locationId),
  )
  if (!admin) return
  const encryptedData = sandbox.userContext({ userId: admin.id, locationId })
  const { token } = await ask<SessionAnswer>(new URL('/api/session', publicUrl), null, { encryptedData })
  const rulesAddress = new URL('/api/automations', publicUrl)
  const { rules } = await ask<RulesAnswer>(rulesAddress, token)
  if (rules.length > 0) return
  for (const rule of demoRules) await ask(rulesAddress, token, rule)
}

/** What a colleague does in the CRM: somebody with an owner becomes a hot lead. */
export function tagSomebody({ sandbox }: DemoWorld, locationId: string): void {
  const next = sandbox.state.contacts.find(
    (contact) =>
      contact.locationId === locationId && contact.assignedTo !== null && !contact.tags.includes(demoTag),
  )
  if (next) sandbox.tagContact(next.id, demoTag)
}

const tickMs = 1_000
const tagsEveryTicks = 60

/** Makes rules in each sub-account once the app is installed in it, and from then on something sets them off now and then. */
export async function animateDemo(world: DemoWorld, until: AbortSignal): Promise<void> {
  const furnished = new Set<string>()

  async function tick(count: number): Promise<void> {
    for (const { locationId } of world.sandbox.state.installs) {
      if (furnished.has(locationId)) {
        if (count % tagsEveryTicks === 0) tagSomebody(world, locationId)
      } else {
        await addDemoRules(world, locationId).then(
          () => furnished.add(locationId),
          // The app may not have heard of the install yet: the next tick tries again.
          () => undefined,
        )
      }
    }
  }

  for (let count = 1; !until.aborted; count += 1) {
    await pause(tickMs, undefined, { signal: until }).catch(() => undefined)
    if (!until.aborted) await tick(count)
  }
}
