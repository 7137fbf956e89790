import type { ScheduledJobName } from './job-map.ts'

export type Schedule = {
  /** Five fields, UTC. One job is sent for however many times were missed while nothing ran. */
  cron?: string
  /** Also once, as soon as a process works on jobs. */
  atStart?: true
}

/** Their jobs should be `waitsOnce`: one that is still waiting is enough. */
export const schedules: { [Name in ScheduledJobName]?: Schedule } = {
  'refresh-idle-installations': { cron: '23 4 * * *', atStart: true },
  'settle-messages': { cron: '* * * * *', atStart: true },
  'sweep-locations': { cron: '* * * * *' },
  'resume-automations': { cron: '37 * * * *' },
  'sync-polls': { cron: '*/2 * * * *' },
  'sync-daily': { cron: '11 2 * * *' },
  'follow-provider-messages': { cron: '* * * * *', atStart: true },
  'check-providers': { cron: '*/10 * * * *' },
  'read-all-opt-outs': { cron: '11 2 * * *' },
  'read-all-replies': { cron: '*/5 * * * *' },
  'prune-ledgers': { cron: '47 3 * * *' },
}
