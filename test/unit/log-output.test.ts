import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

/** Standard output of a process that runs this with a log of its own. */
function outputOf(script: string) {
  const source = `
    import fs from 'node:fs'
    import { createLogOutput } from './server/log-output.ts'
    const output = createLogOutput()
    ${script}`
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    encoding: 'utf8',
  })
  return { lines: stdout.split('\n').filter(Boolean), status }
}

describe('the output of the log', () => {
  it('When lines come in several turns, then all are written in their order', () => {
    const script = `
      for (let turn = 0; turn < 3; turn += 1) {
        output.write('first of ' + turn + '\\n')
        output.write('second of ' + turn + '\\n')
        await new Promise(setImmediate)
      }`
    expect(outputOf(script).lines).toEqual(
      [0, 1, 2].flatMap((turn) => [`first of ${turn}`, `second of ${turn}`]),
    )
  })

  it('When lines come in one turn, then they are written at once', () => {
    const script = `
      let writes = 0
      const { writeSync } = fs
      fs.writeSync = (...all) => { writes += 1; return writeSync(...all) }
      for (let line = 0; line < 5; line += 1) output.write('line\\n')
      await new Promise(setImmediate)
      console.log(writes)`
    expect(outputOf(script).lines).toEqual([...Array<string>(5).fill('line'), '1'])
  })

  it.each([
    ['ends at once', 'process.exit(3)', 3],
    ['fails', "throw new Error('on purpose')", 1],
  ])('When the process %s, then its last lines are written', (_how, end, status) => {
    const script = `output.write('before\\n'); await new Promise(setImmediate); output.write('last\\n'); ${end}`
    expect(outputOf(script)).toEqual({ lines: ['before', 'last'], status })
  })
})
