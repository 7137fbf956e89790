import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { chromium } from '@playwright/test'

const programNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const macPrograms = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const installTimeoutMs = 300_000

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function searchChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const onPath = programNames.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...onPath, ...macPrograms, chromium.executablePath()].find(isExecutable)
}

const howToMend =
  'Install Chromium (Debian and Ubuntu: apt-get install chromium; anywhere: npx playwright install --with-deps chromium), or name its program in CHROMIUM_PATH.'

/**
 * The browser of the browser tests: the one that CHROMIUM_PATH names, the system's, or Playwright's own.
 * @throws {Error} when there is none
 */
export function findChromium(): string {
  const named = process.env['CHROMIUM_PATH']
  if (named) {
    if (isExecutable(named)) return named
    throw new Error(`CHROMIUM_PATH names ${named}, which is no program that can be run.`)
  }
  const found = searchChromium()
  if (found) return found
  throw new Error(`The browser tests need Chromium, and none was found. ${howToMend}`)
}

/** Ways to get one, each tried in turn. */
function installCommands(): string[][] {
  const playwright = join(dirname(createRequire(import.meta.url).resolve('@playwright/test')), 'cli.js')
  const isRoot = process.getuid?.() === 0
  const asRoot = isRoot ? [] : ['sudo', '-n']
  const commands = [[process.execPath, playwright, 'install', 'chromium']]
  if (isRoot) commands.unshift([process.execPath, playwright, 'install', '--with-deps', 'chromium'])
  if (existsSync('/usr/bin/apt-get')) {
    commands.push([...asRoot, 'apt-get', 'install', '-y', '--no-install-recommends', 'chromium'])
    commands.push([
      ...asRoot,
      'sh',
      '-c',
      'apt-get update && apt-get install -y --no-install-recommends chromium',
    ])
  }
  return commands
}

function starts(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore', timeout: 30_000 }).status === 0
}

/**
 * Finds the browser or, where there is none, installs it.
 * @throws {Error} when none can be had, with what to do
 */
export function ensureChromium(): string {
  if (process.env['CHROMIUM_PATH'] || searchChromium()) return findChromium()
  console.log('The browser tests need Chromium, and none was found: installing it …')
  for (const [program = '', ...args] of installCommands()) {
    spawnSync(program, args, { stdio: 'inherit', timeout: installTimeoutMs })
    const found = searchChromium()
    if (found && starts(found)) return found
  }
  throw new Error(`Chromium could not be installed. ${howToMend}`)
}
