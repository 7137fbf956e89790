/**
 * Lets so many calls begin in one turn of the event loop, and the others in the next ones: hundreds that began at once
 * would hold up everything else in this process.
 * @param resume takes up a line that was postponed; whoever was postponed first goes first
 */
export function createStartTurns<Line>({
  perTurn,
  resume,
}: {
  perTurn: number
  resume: (line: Line) => void
}) {
  const postponed = new Set<Line>()
  let begun = 0
  let next: NodeJS.Immediate | undefined

  function turn(): void {
    next = undefined
    begun = 0
    const lines = [...postponed]
    postponed.clear()
    for (const line of lines) resume(line)
  }

  return {
    isSpent: (): boolean => begun >= perTurn,
    begin(): void {
      begun += 1
      next ??= setImmediate(turn)
    },
    postpone(line: Line): void {
      postponed.add(line)
      next ??= setImmediate(turn)
    },
    close(): void {
      clearImmediate(next)
    },
  }
}
