import { type DestinationStream, pino } from 'pino'

/**
 * Standard output for a log. Lines of one turn of the event loop are written at once, since a write takes longer than
 * its line; a process that ends writes what is left, one that is killed loses the lines of that turn.
 */
export function createLogOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true })
  let lines = ''
  const flush = () => {
    const gathered = lines
    lines = ''
    if (gathered !== '') output.write(gathered)
  }
  process.once('exit', flush)
  return {
    write(line) {
      if (lines === '') setImmediate(flush)
      lines += line
    },
  }
}
