/**
 * An app process as far as its database goes: opens the embedded one in the folder of its first argument, says so, and
 * holds it until it is told to end (SIGTERM) or killed. A second argument is the user id to become before that.
 */
import { createLogger } from '../../server/logger.ts'
import { openDatabase } from '../../server/storage/database.ts'

const [dataDir = '', uid] = process.argv.slice(2)
if (uid) {
  process.setgid?.(Number(uid))
  process.setuid?.(Number(uid))
}
try {
  const database = await openDatabase({ dataDir, logger: createLogger('silent') })
  process.on('SIGTERM', () => void database.close())
  process.stdout.write('open\n')
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
