import { demoTag } from '../demo-life.ts'
import type { SandboxState } from '../state.ts'
import { contactName, visibleContacts, type ShellView } from './shell-view.ts'

type ControlCall = { path: string; body: Record<string, unknown> }

/** One button of the guide: calls of the sandbox's control addresses, and what they mean. */
export type GuideLever = { label: string; calls: ControlCall[]; done: string }

const textPath = '/conversations/messages'

/** The contact last spoken with, or the one that is open. */
function talkativeContact(state: SandboxState, view: ShellView) {
  const contacts = visibleContacts(state, view)
  const open = contacts.find(({ id }) => id === view.contactId)
  const latest = state.conversations
    .filter(({ locationId }) => locationId === view.location.id)
    .sort((one, other) => other.lastMessageDate.localeCompare(one.lastMessageDate))
  return open ?? contacts.find(({ id }) => id === latest[0]?.contactId)
}

/** Sets off the demo's rule for a tag, as a colleague does by tagging somebody in the CRM itself. */
function ruleLevers(state: SandboxState, view: ShellView): GuideLever[] {
  const lead = visibleContacts(state, view).find(
    ({ assignedTo, firstName, tags }) => assignedTo !== null && firstName && !tags.includes(demoTag),
  )
  if (!lead) return []
  return [
    {
      label: `Tag ${contactName(lead)} as a hot lead`,
      calls: [{ path: '/sandbox/tag', body: { contactId: lead.id, tag: demoTag } }],
      done: `Tagged in the CRM. A rule adds a follow-up for ${contactName(lead)}.`,
    },
  ]
}

function faultLevers(): GuideLever[] {
  const fault = (body: Record<string, unknown>): ControlCall[] => [{ path: '/sandbox/faults', body }]
  return [
    {
      label: 'Fail the next text',
      calls: fault({ method: 'POST', path: textPath, status: 500 }),
      done: 'The next text will fail. Wrap up: the other parts still happen.',
    },
    {
      label: 'Lose the answer to the next text',
      calls: fault({ method: 'POST', path: textPath, loseAnswer: true }),
      done: 'The next text will be sent, but nobody will be told. It is never sent twice.',
    },
    {
      label: 'Be slow for a while',
      calls: fault({ delayMs: 2500, times: 6 }),
      done: 'The next six calls take 2.5 seconds each.',
    },
  ]
}

function accountLevers({ location }: ShellView): GuideLever[] {
  const { id: locationId, companyId, active } = location
  const owners = [locationId, companyId]
  return [
    {
      label: 'Expire the access token',
      calls: owners.map((ownerId) => ({ path: '/sandbox/tokens/expire', body: { ownerId } })),
      done: 'Expired. The next action renews it, unnoticed.',
    },
    {
      label: 'Revoke all tokens',
      calls: owners.map((ownerId) => ({ path: '/sandbox/tokens/revoke', body: { ownerId } })),
      done: 'Revoked. The next action says that an admin must connect again.',
    },
    {
      label: active ? 'Suspend the sub-account' : 'End the suspension',
      calls: [
        { path: '/sandbox/locations/active', body: { locationId, active: !active } },
        ...(active ? owners.map((ownerId) => ({ path: '/sandbox/tokens/expire', body: { ownerId } })) : []),
      ],
      done: active ? 'Suspended. The next action says so. Reload for the way back.' : 'Active again.',
    },
    {
      label: 'Uninstall the app',
      calls: [{ path: '/sandbox/uninstall', body: { locationId } }],
      done: 'Uninstalled. Reload this page to install it again.',
    },
  ]
}

export function guideLevers(state: SandboxState, view: ShellView): GuideLever[] {
  const contact = talkativeContact(state, view)
  const reply: GuideLever[] = contact
    ? [
        {
          label: `Get a text from ${contact.firstName || contactName(contact)}`,
          calls: [{ path: '/sandbox/reply', body: { contactId: contact.id } }],
          done: `${contactName(contact)} has texted.`,
        },
      ]
    : []
  return view.installed
    ? [...reply, ...ruleLevers(state, view), ...faultLevers(), ...accountLevers(view)]
    : []
}
