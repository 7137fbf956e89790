import { availableParallelism } from 'node:os'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

/**
 * Projects of one group run together, so they share the number of workers; a later group waits for the earlier. Some
 * tests wait for a process or the database, so one worker more than cores keeps them busy; PostgreSQL bears eight.
 */
const together = {
  maxWorkers: Math.min(availableParallelism() + 1, 8),
  sequence: { groupOrder: 0 },
  // No module keeps state of its own, so that files may share a worker, which spares importing the app for each.
  isolate: false,
}

const serverProject = (name: string, include: string[]) => ({
  test: {
    ...together,
    name,
    include,
    environment: 'node',
    pool: 'threads' as const,
    testTimeout: 15_000,
    hookTimeout: 30_000,
  },
})

/** Tests that start browsers and processes of their own. */
const processProject = (name: string, include: string[]) => ({
  test: {
    ...together,
    name,
    include,
    environment: 'node',
    pool: 'forks' as const,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})

export default defineConfig({
  test: {
    globalSetup: ['test/support/database-server.ts'],
    projects: [
      serverProject('unit', ['test/unit/**/*.test.ts']),
      serverProject('api', ['test/api/**/*.test.ts']),
      serverProject('contract', ['test/contract/**/*.test.ts']),
      serverProject('architecture', ['test/architecture.test.ts']),
      {
        plugins: [vue()],
        test: {
          ...together,
          name: 'client',
          include: ['test/client/**/*.test.ts'],
          environment: 'happy-dom',
          pool: 'threads',
          isolate: true,
          testTimeout: 15_000,
        },
      },
      processProject('e2e', ['test/e2e/**/*.test.ts']),
      processProject('faults', ['test/faults/**/*.test.ts']),
      {
        test: {
          name: 'scan',
          include: ['test/scan/**/*.test.ts'],
          environment: 'node',
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
