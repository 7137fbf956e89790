import { chooseProviderSchema, type ProvidersAnswer } from '../../shared/provider-contract.ts'
import { ok } from './fake-server.ts'
import { field } from './labelled-field.ts'
import { createStandardServer, element, eventually, textsOf, type } from './page-harness.ts'

export const alerts = () => textsOf('[role="alert"]').join()
export const option = (name: string) => {
  const found = [...document.querySelectorAll('li')].find(
    (item) => item.querySelector('.name')?.textContent === name,
  )
  if (!found) throw new Error(`There is no option ${name} in ${document.body.textContent}`)
  return found
}
export const radio = (name: string) => {
  const found = option(name).querySelector<HTMLInputElement>('input[type="radio"]')
  if (!found) throw new Error(`${name} has no radio`)
  return found
}
export async function answerQuestion(name: string) {
  await eventually(() => element('[role="alertdialog"]'))
  const choices = [...document.querySelectorAll<HTMLElement>('[role="alertdialog"] button')]
  choices.find((choice) => choice.textContent?.trim() === name)?.click()
}

export function typeCredentials(idLabel: string, secretLabel: string): void {
  type(field(idLabel), ' the-id ')
  type(field(secretLabel), 'the-secret')
}

/** A server that keeps what it is told, as far as these tests look. */
export function providerServer(initial: ProvidersAnswer) {
  const server = createStandardServer()
  const state = { answer: initial }
  server.on('GET /api/installation', ok({ installation: undefined }))
  server.on('GET /api/failed-jobs', ok({ failedJobs: [] }))
  server.on('GET /api/providers', () => ok(state.answer))
  server.on('PUT /api/providers/chosen', ({ body }) => {
    state.answer = { ...state.answer, chosen: chooseProviderSchema.parse(body).provider }
    return { status: 204 }
  })
  return { server, state }
}
