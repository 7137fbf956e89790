import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import type { Database } from './storage/database.ts'

/** What the process gives the application. */
export type Surroundings = {
  config: Config
  database: Database
  logger: Logger
  /** Wall clock, epoch ms. */
  now: () => number
  /** Folder of the built page. */
  clientDir: string
  /** Whether jobs come by the clock. */
  runsSchedules: boolean
}
