/** Every failure code of the API with the HTTP status it travels with. */
export const errorStatus = {
  validation: 400,
  unauthenticated: 401,
  session_expired: 401,
  forbidden: 403,
  location_required: 403,
  not_found: 404,
  conflict: 409,
  reconnect_required: 409,
  location_suspended: 409,
  too_large: 413,
  unsupported_media_type: 415,
  dnd_active: 422,
  no_phone: 422,
  rejected: 422,
  rate_limited: 429,
  internal: 500,
  upstream_failed: 502,
  upstream_unavailable: 503,
  outcome_unknown: 504,
} as const

export type ErrorCode = keyof typeof errorStatus
