import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createConversationsApi } from '../../server/highlevel/conversations-api.ts'
import { createHighLevelClient } from '../../server/highlevel/platform-client.ts'
import { createPlatformHttp } from '../../server/highlevel/platform-http.ts'

/** Sends a text to a platform that answers with this. */
async function sendAnswered(answer: unknown) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(201).end(JSON.stringify(answer)))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const http = createPlatformHttp({ baseUrl })
  onTestFinished(async () => {
    await http.close()
    server.close()
  })
  const tokens = {
    accessToken: async () => 'token',
    replaceRejected: async () => 'newer',
    stayedRejected: async () => {},
  }
  const api = createConversationsApi(createHighLevelClient({ http, tokens, installUrl: baseUrl }))
  return api.sendSms('location', { contactId: 'contact', message: 'Hello' })
}

describe('conversations api', () => {
  it.each([
    [
      { messageId: 'm1', messageIds: ['m2'], status: 'pending' },
      { messageId: 'm1', status: 'pending' },
    ],
    [
      { messageIds: ['m2', 'm3'], status: 200 },
      { messageId: 'm2', status: undefined },
    ],
    [
      { messageId: null, messageIds: ['m2'], conversationId: 5 },
      { messageId: 'm2', conversationId: null },
    ],
  ])('When a send is answered with %j, then the text is known to be queued', async (answer, expected) => {
    expect(await sendAnswered(answer)).toMatchObject(expected)
  })

  it.each([{}, { messageIds: [] }, 'queued'])(
    'When a send is answered with %j, then nobody knows what became of it',
    async (answer) => {
      await expect(sendAnswered(answer)).rejects.toMatchObject({ code: 'outcome_unknown' })
    },
  )
})
