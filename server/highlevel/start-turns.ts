/**
 * Lets so many calls begin in one turn of the event loop, and the others in the next ones: hundreds that began at once
 * would hold up everything else in this process.
 * @param resume takes up a line that was postponed, those first that have waited longest; one that is not done
 * postpones itself again, behind the others
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
    for (const line of postponed) {
      if (begun >= perTurn) break
      postponed.delete(line)
      resume(line)
    }
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
      next = undefined
    },
  }
}
