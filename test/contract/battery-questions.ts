import { AppError } from '../../server/errors.ts'
import type { DeliveryReport, SendOutcome } from '../../server/providers/provider-adapter.ts'
import type { ProviderStage } from './battery-stage.ts'

export const e164 = /^\+[1-9]\d{6,14}$/

export async function acceptedId(outcome: SendOutcome | Promise<SendOutcome>): Promise<string> {
  const settled = await outcome
  if (settled.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(settled)}`)
  return settled.providerMessageId
}

export async function reportOf(stage: ProviderStage, id: string): Promise<DeliveryReport | undefined> {
  const reports = await stage.adapter.readReports({ providerMessageIds: [id], since: new Date(0) })
  return reports.find(({ providerMessageId }) => providerMessageId === id)
}

/** By the refusal, or by what is reported later. */
export async function isOptOut(stage: ProviderStage, outcome: SendOutcome): Promise<boolean | undefined> {
  if (outcome.kind === 'refused') return outcome.reason === 'opted_out'
  const id = await acceptedId(outcome)
  await stage.settle()
  return (await reportOf(stage, id))?.isOptOut
}

/** All that an error says, its causes included. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  return [error.stack, JSON.stringify(error), wordsOf(error.cause)].join('\n')
}

export const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

/** @returns `not offered` for the refusal that says so */
export async function ifOffered<Answer>(work: () => Promise<Answer>): Promise<Answer | 'not offered'> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError && error.code === 'rejected') return 'not offered'
    throw error
  }
}
