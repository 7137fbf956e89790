/**
 * `npm run bench`: every measure, or those that are named (`npm run bench -- server`, `npm run bench -- webhooks`).
 * `--quick` only shows that the measures work, `--full` also waits through the platform's real window.
 */
import { formatFigure, meetsGoal, type Figure } from '../test/bench/bench-report.ts'
import { type BenchSettings, benchSettings } from '../test/bench/bench-settings.ts'
import { measureDistantPlatform } from '../test/bench/distant-platform.ts'
import { measureForwardedCalls } from '../test/bench/forwarded-calls.ts'
import { measurePacedWrites } from '../test/bench/paced-writes.ts'
import { measurePage } from '../test/bench/page-bench.ts'
import { measureRefresh } from '../test/bench/refresh-table.ts'
import { measureStart } from '../test/bench/start-time.ts'
import { measureWebhookIntake } from '../test/bench/webhook-intake.ts'
import { ensureBuild } from './build.ts'

const server: Record<string, (settings: BenchSettings) => Promise<Figure[]>> = {
  calls: measureForwardedCalls,
  webhooks: measureWebhookIntake,
  distance: measureDistantPlatform,
  refresh: measureRefresh,
  pace: measurePacedWrites,
  start: measureStart,
}
const parts: Record<string, string[]> = { page: ['page'], server: Object.keys(server) }
const measures: typeof server = { page: measurePage, ...server }

const args = process.argv.slice(2)
const settings = benchSettings(new Set(args.filter((arg) => arg.startsWith('--'))))
const named = args.filter((arg) => !arg.startsWith('--')).flatMap((name) => parts[name] ?? [name])
const unknown = named.filter((name) => !(name in measures))
if (unknown.length > 0) {
  console.error(
    `No such measure: ${unknown.join(', ')}. There are: page, server, ${parts['server']?.join(', ')}.`,
  )
  process.exit(2)
}

await ensureBuild()
let allMet = true
for (const [name, measure] of Object.entries(measures)) {
  if (named.length > 0 && !named.includes(name)) continue
  console.log(name)
  try {
    const figures = await measure(settings)
    console.log(figures.map(formatFigure).join('\n'))
    allMet &&= figures.every(meetsGoal)
  } catch (error) {
    console.error(error)
    allMet = false
  }
}
process.exit(allMet ? 0 : 1)
