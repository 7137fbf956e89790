/** How long a bench takes, and so how much its figures can be relied on. */
export type BenchSettings = {
  repetitions: number
  /** Of each load. */
  seconds: number
  /** Also waits a real minute and paces through the platform's real window. */
  full: boolean
}

export function benchSettings(flags: ReadonlySet<string>): BenchSettings {
  if (flags.has('--quick')) return { repetitions: 2, seconds: 1, full: false }
  return { repetitions: 5, seconds: 4, full: flags.has('--full') }
}
