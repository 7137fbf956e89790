import { expect, it, onTestFinished, vi } from 'vitest'
import type { SyncRun } from '../../shared/sync-contract.ts'
import { startHeymarketSandbox } from '../sandbox/heymarket/heymarket-sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { startProcessStage } from '../support/process-stage.ts'
import { hasEnded, heymarketConnection, lastRunOf, seedBothSides } from '../support/sync-stage.ts'

const count = 60

it(
  'When the process is killed while it writes, then the next one goes on, and nothing is made twice or left out',
  { timeout: 120_000 },
  async () => {
    const heymarket = await startHeymarketSandbox()
    const stage = await startProcessStage({ HEYMARKET_API_URL: heymarket.origin })
    onTestFinished(async () => {
      await stage.close()
      await heymarket.close()
    })
    const { sandbox } = stage
    sandbox.behaviour.rateLimit = { max: 2_000, intervalMs: 10_000, perDay: 200_000 }
    const seed = seedBothSides(sandbox, heymarket, count)
    let app = await stage.startFirst()
    await stage.install()
    const token = await stage.signIn(seedIds.user.admin)

    async function ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<unknown> {
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
      const sent = body ? { body: JSON.stringify(body) } : {}
      const answer = await fetch(`${app.url}/api${path}`, { method, headers, ...sent })
      if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}`)
      return answer.json()
    }

    await ask('PUT', '/providers/heymarket', heymarketConnection(heymarket))
    const { run } = (await ask('POST', '/sync/runs', { kind: 'real' })) as { run: SyncRun }
    // In the middle of the writing: some are made, and not all.
    await vi.waitFor(() => expect(heymarket.state.contacts.size).toBeGreaterThan(count), {
      timeout: 30_000,
      interval: 1,
    })
    await stage.kill(app)
    const isInTheMiddle = sandbox.state.contacts.length < count + seed.onlyHeymarket
    expect(isInTheMiddle).toBe(true)

    app = await stage.startFirst()
    const last = await vi.waitFor(
      async () => {
        const found = lastRunOf({ body: await ask('GET', '/sync') })
        expect(hasEnded(found)).toBe(true)
        return found
      },
      // Nobody asks for it: the queue notices that the worker is dead.
      { timeout: 60_000, interval: 100 },
    )
    expect(last).toMatchObject({ id: run.id, state: 'done', counts: { failed: 0 } })
    expect(sandbox.state.contacts).toHaveLength(count + seed.onlyHeymarket)
    expect(heymarket.state.contacts.size).toBe(count + seed.onlyCrm)
    const phones = [...heymarket.state.contacts.values()].map(({ phone }) => phone)
    expect(new Set(phones).size).toBe(phones.length)
  },
)
