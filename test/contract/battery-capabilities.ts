import { describe, expect, it } from 'vitest'
import { providerNames } from '../../shared/provider-contract.ts'
import type { ProviderAdapter } from '../../server/providers/provider-adapter.ts'
import { ifOffered, isOptOut } from './battery-questions.ts'
import type { ProviderStage } from './battery-stage.ts'

export function describeCapabilities(stage: () => ProviderStage): void {
  describe('capabilities', () => {
    const can = (capability: Parameters<ProviderAdapter['capabilities']['has']>[0]) =>
      stage().adapter.capabilities.has(capability)
    it('When it is asked who it is, then it is one of those that are known', () => {
      expect(providerNames).toContain(stage().adapter.name)
    })

    it('When its account is read, then credits are told exactly where they are offered', async () => {
      const { credits, name: known } = await stage().adapter.checkCredentials()
      expect(credits !== null).toBe(can('credits'))
      expect(known).not.toBe('')
    })

    it('When a file goes along, then it is sent exactly where that is offered', async () => {
      const outcome = await stage().adapter.send(stage().text({ mediaUrls: ['https://files.example/a.png'] }))
      expect(outcome).toMatchObject(
        can('media') ? { kind: 'accepted' } : { kind: 'refused', reason: 'rejected' },
      )
    })

    it('When opt-outs are listed, then that works exactly where it is offered', async () => {
      const { to } = stage().text(stage().optedOut())
      const listed = await ifOffered(async () => (await stage().adapter.listOptOuts(null)).phones)
      expect(listed).toEqual(can('optOutRead') ? [to] : 'not offered')
    })

    it('When somebody is opted out and in again, then that works exactly where it is offered', async () => {
      const text = stage().text()
      const tried = async (work: () => Promise<void>) =>
        ifOffered(async () => {
          await work()
          return isOptOut(stage(), await stage().adapter.send(text))
        })
      const out = await tried(() => stage().adapter.optOut(text.to))
      expect(out).toBe(can('optOutWrite') ? true : 'not offered')
      const back = await tried(() => stage().adapter.optIn(text.to))
      expect(back).toBe(can('optOutUndo') ? false : 'not offered')
    })

    it('When webhooks are set up, then that works exactly where it is offered', async () => {
      const target = { url: stage().webhookUrl, name: 'Wrapup', alertEmail: '' }
      const outcome = await ifOffered(async () => {
        const ids = await stage().adapter.registerWebhooks(target)
        const same = await stage().adapter.registerWebhooks(target)
        return {
          isKept: ids.length > 0 && ids.join() === same.join(),
          left: await stage().adapter.removeWebhooks(ids, target.url.split('?')[0] ?? ''),
        }
      })
      expect(outcome).toEqual(can('webhookApi') ? { isKept: true, left: [] } : 'not offered')
    })
  })
}
