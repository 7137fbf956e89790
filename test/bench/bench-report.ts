export type Figure = {
  name: string
  value: number
  unit: string
  /** What it must reach; absent for a figure that only informs. */
  goal?: { atMost: number } | { atLeast: number }
}

export function meetsGoal({ value, goal }: Figure): boolean {
  if (!goal) return true
  return 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
}

/** One line a figure, with its goal and whether it was met. */
export function formatFigure(figure: Figure): string {
  const { name, value, unit, goal } = figure
  const shown = `${Number.isInteger(value) ? value : value.toFixed(2)}${unit === '' ? '' : ` ${unit}`}`
  if (!goal) return `  ${name.padEnd(64)} ${shown}`
  const bound = 'atMost' in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`
  return `  ${name.padEnd(64)} ${shown.padEnd(14)} ${bound}: ${meetsGoal(figure) ? 'met' : 'MISSED'}`
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  if (low === undefined || high === undefined) throw new Error('a median needs a value')
  return (low + high) / 2
}

/** Half the distance between the quartiles, as a share of the median: the machine's noise. */
export function spread(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const quartile = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? 0
  return (quartile(0.75) - quartile(0.25)) / 2 / median(values)
}
