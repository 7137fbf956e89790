import { z } from 'zod'
import type { BulksmsCarrier } from './bulksms-carrier.ts'
import type { BulksmsCourier } from './bulksms-courier.ts'
import type { BulksmsBehaviour, BulksmsState } from './bulksms-state.ts'

export type BulksmsRequest = { params: Record<string, string>; query: unknown; body: unknown }

export type BulksmsEndpoint = {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  /** @throws {BulksmsProblem} */
  handle(request: BulksmsRequest): Promise<{ status: number; body: unknown }>
}

export type BulksmsEndpointParts = {
  state: BulksmsState
  behaviour: BulksmsBehaviour
  carrier: BulksmsCarrier
  courier: BulksmsCourier
  now: () => number
}

export const ok = (body: unknown, status = 200) => ({ status, body })

/** Of a query. */
export const wholeNumber = (most: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value <= most, 'is too high')
