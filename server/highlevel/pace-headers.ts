import type { PaceNews } from './request-pacer.ts'

type Headers = Readonly<Record<string, unknown>>

function wholeNumber(headers: Headers, name: string, least: number): number | undefined {
  const text = headers[name]
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  return Number.isInteger(value) && value >= least ? value : undefined
}

/**
 * What an answer tells about the limits; whatever is missing or no number is left out.
 * @see https://marketplace.gohighlevel.com/docs/other/rate-limits
 */
export function paceNewsOf(headers: Headers): PaceNews {
  const news: PaceNews = {}
  const max = wholeNumber(headers, 'x-ratelimit-max', 1)
  const intervalMs = wholeNumber(headers, 'x-ratelimit-interval-milliseconds', 1)
  const dayLimit = wholeNumber(headers, 'x-ratelimit-limit-daily', 1)
  const dayRemaining = wholeNumber(headers, 'x-ratelimit-daily-remaining', 0)
  if (max !== undefined) news.max = max
  if (intervalMs !== undefined) news.intervalMs = intervalMs
  if (dayLimit !== undefined) news.dayLimit = dayLimit
  if (dayRemaining !== undefined) news.dayRemaining = dayRemaining
  return news
}
