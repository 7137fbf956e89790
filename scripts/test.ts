/** `npm test`: all tests, with what they need; arguments are passed on to vitest for a narrower run. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ensureBuild } from './build.ts'
import { projectRoot } from './build-stamp.ts'
import { ensureChromium } from './chromium.ts'
import { runChild } from './child-process.ts'

type Report = {
  numPassedTests: number
  numFailedTests: number
  /** One per file. */
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

const resultsFolder = join(projectRoot, 'test-results')
const reportFile = join(resultsFolder, 'vitest.json')

/** A file that fails as a whole, before or after its tests, counts as a failed test. */
function countTests(): { passed: number; failed: number } {
  try {
    const report: Report = JSON.parse(readFileSync(reportFile, 'utf8'))
    const brokenFiles = report.testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
    )
    return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles.length }
  } catch {
    return { passed: 0, failed: 0 }
  }
}

async function runTests(args: string[]): Promise<number> {
  rmSync(resultsFolder, { recursive: true, force: true })
  mkdirSync(resultsFolder, { recursive: true })
  await ensureBuild()
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  return runChild(
    process.execPath,
    [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`, ...args],
    { cwd: projectRoot, env: { ...process.env, CHROMIUM_PATH: ensureChromium() } },
  )
}

const exitCode = await runTests(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return 1
})
const { passed, failed } = countTests()
// A run that failed outside of any test must not look like one that passed.
const failures = exitCode !== 0 && failed === 0 ? 1 : failed
console.log(`${passed} passed, ${failures} failed`)
process.exitCode = failures > 0 || passed === 0 ? 1 : 0
