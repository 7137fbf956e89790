/** A refusal in the API's problem style; some bodies are documented nowhere, and are then empty. */
export class BulksmsProblem extends Error {
  readonly status: number
  readonly body: unknown

  constructor(status: number, body: unknown) {
    super(`The stand-in BulkSMS answers ${status}`)
    this.name = 'BulksmsProblem'
    this.status = status
    this.body = body
  }
}

const problem = (status: number, name: string, title: string, detail?: string) =>
  new BulksmsProblem(status, {
    type: `https://developer.bulksms.com/json/v1/errors#${name}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
  })

export const badRequest = (detail: string) => problem(400, 'bad-request', 'Bad Request', detail)
export const notFound = () => problem(404, 'not-found', 'Not Found')
export const unauthorized = () => new BulksmsProblem(401, '')
export const insufficientCredits = () => problem(403, 'insufficient-credits', 'Insufficient Credits')
export const notActivated = () => problem(403, 'forbidden', 'Forbidden', 'Credit transfer is not active.')
