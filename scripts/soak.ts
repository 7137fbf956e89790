/**
 * `npm run soak`: the app under mixed load for five minutes (`-- --minutes 60`), and then the tests of faults with
 * twenty rounds of random ones (`-- --rounds 20`; 0 leaves them out).
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { formatFigure, meetsGoal } from '../test/bench/bench-report.ts'
import { soak } from '../test/bench/soak-run.ts'
import { ensureBuild } from './build.ts'
import { projectRoot } from './build-stamp.ts'
import { runChild } from './child-process.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '20' },
  },
})

async function runFaultTests(rounds: string): Promise<boolean> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const code = await runChild(process.execPath, [vitest, 'run', '--project', 'faults'], {
    cwd: projectRoot,
    env: { ...process.env, FAULT_ROUNDS: rounds },
  })
  return code === 0
}

await ensureBuild()
const figures = await soak(Number(values.minutes))
console.log(figures.map(formatFigure).join('\n'))
const areFaultsMet = values.rounds === '0' || (await runFaultTests(values.rounds))
process.exit(figures.every(meetsGoal) && areFaultsMet ? 0 : 1)
