import { afterEach, beforeEach } from 'vitest'
import { describeCapabilities } from './battery-capabilities.ts'
import { describeFailures } from './battery-failures.ts'
import { describeSending } from './battery-sending.ts'
import { describeReports, describeWebhooks } from './battery-telling.ts'
import type { ProviderStage } from './battery-stage.ts'

/** What every provider's adapter has to pass. */
export function describeProvider(start: () => Promise<ProviderStage>): void {
  let started: ProviderStage

  beforeEach(async () => {
    started = await start()
  })
  afterEach(() => started.close())

  const stage = () => started
  describeSending(stage)
  describeReports(stage)
  describeWebhooks(stage)
  describeCapabilities(stage)
  describeFailures(stage)
}
