import express, { Router, type Request, type Response } from 'express'
import type { ConversationProviders } from '../conversation-providers.ts'
import type { SendFromCrm } from '../crm-thread.ts'
import { PlatformError } from '../platform-error.ts'
import type { OtherSystem } from '../other-systems.ts'
import type { SandboxState } from '../state.ts'
import type { SafeHtml } from './shell-html.ts'
import { phoneTexts } from './system-panel.ts'
import { threadMessages } from './shell-thread.ts'
import {
  shellAddress,
  shellPath,
  visibleContacts,
  type ShellPage,
  type ShellRefusal,
  type ShellView,
} from './shell-view.ts'

export type FormParts = {
  state: SandboxState
  systems: readonly OtherSystem[]
  sendFromCrm: SendFromCrm
  chooseSmsProvider: ConversationProviders['choose']
}

function formText(request: Request, name: string): string {
  const body: unknown = request.body
  const value =
    typeof body === 'object' && body !== null ? Object.entries(body).find(([key]) => key === name) : []
  return typeof value?.[1] === 'string' ? value[1] : ''
}

const reasonOf = (error: PlatformError): string => String(error.body['message'])

/** What people do on the CRM's own pages: text somebody, choose who carries the texts; and the thread as it grows. */
export function createFormRoutes(
  { state, systems, sendFromCrm, chooseSmsProvider }: FormParts,
  pages: {
    viewOf: (request: Request, page: ShellPage) => ShellView
    show: (response: Response, view: ShellView, request: Request) => void
    send: (response: Response, markup: SafeHtml) => void
  },
): Router {
  const routes = Router()
  const fields = express.urlencoded({ extended: false })

  routes.post(shellPath('conversations', ':contactId'), fields, (request, response) => {
    const view = pages.viewOf(request, 'conversations')
    const contact = visibleContacts(state, view).find(({ id }) => id === request.params['contactId'])
    const text = formText(request, 'text')
    const refused = (refusal: ShellRefusal) => {
      response.status(400)
      pages.show(response, { ...view, contactId: contact?.id ?? null, refusal }, request)
    }
    if (!contact) return refused({ reason: 'There is no such contact.', text })
    try {
      sendFromCrm({ contactId: contact.id, body: text, userId: view.user.id })
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error
      return refused({ reason: reasonOf(error), text })
    }
    response.redirect(303, shellAddress(view, { page: 'conversations', contactId: contact.id }))
  })

  routes.post(shellPath('settings'), fields, (request, response) => {
    const view = pages.viewOf(request, 'settings')
    if (view.user.roles.role === 'admin') {
      chooseSmsProvider(view.location.id, formText(request, 'provider') || null)
    }
    response.redirect(303, shellAddress(view, { page: 'settings' }))
  })

  routes.get('/shell/thread', (request, response) => {
    const view = pages.viewOf(request, 'conversations')
    const contact = visibleContacts(state, view).find(({ id }) => id === view.contactId)
    if (contact) pages.send(response, threadMessages(state, contact))
    else response.sendStatus(404)
  })
  routes.get('/shell/phone', (_request, response) => pages.send(response, phoneTexts(systems)))
  return routes
}
