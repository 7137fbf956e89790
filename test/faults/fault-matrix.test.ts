import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../support/world.ts'
import { codeOf } from './answer-code.ts'
import { faultedCalls, type FaultedCall } from './faulted-calls.ts'
import { type FaultCase, faultCases } from './platform-faults.ts'

/** What the contract promises of every request. */
const answeredWithinMs = 30_000

function expectedOf(call: FaultedCall, fault: FaultCase): { code: string; happened: number } {
  const code = call.except?.[fault.name] ?? fault[call.effect]
  return { code, happened: call.effect === 'read' ? 0 : (fault.happened ?? (code === 'ok' ? 1 : 0)) }
}

describe('every fault of the platform on every call', () => {
  let world: World
  let rep: Awaited<ReturnType<World['as']>>

  beforeAll(async () => {
    // The pace is not what is looked at: a refusal for it passes soon.
    world = await startWorld({
      behaviour: { rateLimit: { max: 100_000, intervalMs: 200, perDay: 10_000_000 } },
    })
    await world.installed()
    rep = await world.as()
  })
  afterAll(() => world.close())

  async function meet(call: FaultedCall, fault: FaultCase) {
    const mark = `${call.name} ${faultCases.indexOf(fault)}`
    const { method, path, when } = call
    const handle = world.sandbox.faults.add({ ...fault.fault, method, path, ...(when ? { when } : {}) })
    const startedAt = performance.now()
    const answer = await call.ask(rep, mark)
    const inTime = performance.now() - startedAt < answeredWithinMs
    handle.remove()
    return {
      code: inTime ? codeOf(answer) : 'too late',
      happened: call.count?.(world, mark) ?? 0,
      met: handle.hits() > 0 || fault.fault.times === 0,
    }
  }

  it.each(faultCases)(
    'When every call meets $name, then each answer is true and nothing is doubled or lost',
    async (fault) => {
      const found = await Promise.all(
        faultedCalls.map(async (call) => [call.name, await meet(call, fault)] as const),
      )
      const expected = faultedCalls.map((call) => [call.name, { ...expectedOf(call, fault), met: true }])
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected))
    },
  )
})
