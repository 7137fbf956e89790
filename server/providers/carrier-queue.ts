import type { CarrierName } from '../../shared/provider-contract.ts'
import type { JobQueue, JobSendOptions } from '../jobs/job-queue.ts'
import type { Follow, ProviderMessage } from './provider-message-repository.ts'

/** Earlier, the CRM does not know yet whose text it is. */
const tellAfterMs = 8_000
const pollAfterSeconds = 20

/** The jobs of texts through other systems. */
export function createCarrierQueue(jobs: JobQueue, now: () => number) {
  type Within = Parameters<Follow>[1] | undefined
  const within = (transaction: Within): JobSendOptions => (transaction ? { transaction } : {})

  return {
    send: ({ locationId, id }: ProviderMessage, afterMs: number, transaction?: Within): Promise<void> =>
      jobs.send(
        'send-provider-message',
        { locationId, id },
        { ...within(transaction), startAfterSeconds: Math.ceil(afterMs / 1000) },
      ),
    tell: ({ locationId, id, createdAt }: ProviderMessage, transaction?: Within): Promise<void> => {
      const afterMs = Math.max(0, createdAt.getTime() + tellAfterMs - now())
      return jobs.send(
        'tell-provider-status',
        { locationId, id },
        { ...within(transaction), startAfterSeconds: Math.ceil(afterMs / 1000) },
      )
    },
    deliver: (locationId: string, id: number, transaction?: Within, startAfterSeconds = 0): Promise<void> =>
      jobs.send('deliver-inbound', { locationId, id }, { ...within(transaction), startAfterSeconds }),
    poll: (locationId: string, carrier: CarrierName): Promise<void> =>
      jobs.send(
        'poll-provider-reports',
        { locationId, carrier },
        { singletonKey: `${locationId}/${carrier}`, startAfterSeconds: pollAfterSeconds },
      ),
    readReplies: (locationId: string, carrier: CarrierName): Promise<void> =>
      jobs.send('read-replies', { locationId, carrier }, { singletonKey: `${locationId}/${carrier}` }),
    readOptOuts: (locationId: string, carrier: CarrierName): Promise<void> =>
      jobs.send('read-opt-outs', { locationId, carrier }, { singletonKey: `${locationId}/${carrier}` }),
  }
}
