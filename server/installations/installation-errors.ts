import { AppError, locationSuspended, reconnectRequired } from '../errors.ts'
import type { InstallationStatus } from './installation-repository.ts'

export function notInstalled(installUrl: string): AppError {
  return reconnectRequired(
    installUrl,
    'Wrapup is not connected to this sub-account. An admin has to install it.',
  )
}

export function connectionEnded(installUrl: string, cause?: unknown): AppError {
  return reconnectRequired(
    installUrl,
    'The connection to the CRM has ended. An admin has to connect again.',
    cause,
  )
}

/** The failure that an installation's state is for whoever wants to use it; none when it is active. */
export function failureOf(status: InstallationStatus | undefined, installUrl: string): AppError | undefined {
  if (status === 'active') return undefined
  if (status === 'suspended') return locationSuspended()
  return status === 'reconnect_required' ? connectionEnded(installUrl) : notInstalled(installUrl)
}

export function hasCode(error: unknown, ...codes: AppError['code'][]): error is AppError {
  return error instanceof AppError && codes.includes(error.code)
}
