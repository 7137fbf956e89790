/** `npm start`: runs the built app, which is built first where the sources have changed. */
import { join } from 'node:path'
import { readConfig } from '../server/config.ts'
import { isBuildFresh, projectRoot, serverBundle, serverFlags } from './build-stamp.ts'
import { runChild } from './child-process.ts'

function settingsAreComplete(): boolean {
  try {
    process.loadEnvFile()
  } catch {
    // No .env file: the environment alone counts.
  }
  try {
    readConfig(process.env)
    return true
  } catch {
    return false
  }
}

/** The program to run. With settings missing the server itself says which, at once and without a build. */
async function prepareServer(): Promise<string> {
  if (isBuildFresh()) return serverBundle
  if (!settingsAreComplete()) return join(projectRoot, 'server/main.ts')
  // Building needs the development packages, running what is built does not.
  const { ensureBuild } = await import('./build.ts')
  await ensureBuild()
  return serverBundle
}

process.exitCode = await runChild(process.execPath, [...serverFlags, await prepareServer()])
