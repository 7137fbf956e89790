import { randomUUID } from 'node:crypto'
import { benchAppId } from './bench-app.ts'
import { benchIds } from './platform-answers.ts'

const { locationId, companyId, contactId } = benchIds

/** An event as the platform sends most of them. */
export function inboundMessage(webhookId: string = randomUUID()) {
  return {
    type: 'InboundMessage',
    locationId,
    companyId,
    appId: benchAppId,
    webhookId,
    timestamp: new Date().toISOString(),
    contactId,
    conversationId: 'cnvBench000000000001',
    messageId: webhookId.replaceAll('-', '').slice(0, 20),
    messageType: 'SMS',
    direction: 'inbound',
    status: 'delivered',
    body: 'Thank you, see you on Thursday then!',
    dateAdded: new Date().toISOString(),
  }
}

/** Ways to write one event down that differ once it is parsed and serialised again. */
export function byteForms(): [string, string][] {
  const text = () => JSON.stringify({ ...inboundMessage(), body: 'Caf\u00e9 / Z\u00fcrich', big: 1, one: 1 })
  return [
    ['as JSON.stringify has it', text()],
    ['with escapes', text().replace('\u00e9', '\\u00e9').replace('\u00fc', '\\u00fc')],
    ['with spaces', text().replaceAll(/":/g, '" : ')],
    ['with 1.0', text().replace('"one":1', '"one":1.0')],
    ['with integer-like keys', text().replace('"one":1', '"b":1,"2":2,"1":1')],
    ['with escaped slashes', text().replace(' / ', ' \\/ ')],
    ['with a big integer', text().replace('"big":1', '"big":12345678901234567890')],
    ['with a repeated key', text().replace('"one":1', '"one":0,"one":1')],
    ['with a newline at the end', `${text()}\n`],
    ['with an indent', JSON.stringify(JSON.parse(text()), null, 2)],
  ]
}
