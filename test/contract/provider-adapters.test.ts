import { describe } from 'vitest'
import { describeProvider } from './provider-battery.ts'
import { startBulksmsProvider, startCrmProvider, startHeymarketProvider } from './provider-stages.ts'

describe.each([
  { provider: 'the CRM itself', start: startCrmProvider },
  { provider: 'Heymarket', start: startHeymarketProvider },
  { provider: 'BulkSMS', start: startBulksmsProvider },
])('$provider', ({ start }) => {
  describeProvider(start)
})
