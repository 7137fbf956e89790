import { spawn } from 'node:child_process'

/** Waits for word that the server has stopped or, where we are gone without a word, ends it; removes its folder. */
const script = `
read -r word || kill -INT "$1"
for turn in 1 2 3 4 5 6 7 8 9 10; do
  [ -e "$2/postgres/postmaster.pid" ] && sleep 0.5
done
rm -rf "$2"
`

/** Lets neither server nor folder outlive a test run, even one that is interrupted or killed. */
export function guardServer(pid: number, dataDir: string): { serverHasStopped(): void } {
  const guard = spawn('sh', ['-c', script, 'server-guard', String(pid), dataDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  return { serverHasStopped: () => void guard.stdin.end('stopped\n') }
}
