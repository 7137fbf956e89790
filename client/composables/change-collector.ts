type CollectorParts<Part> = {
  /** What changed of one subject, all at once; rejects when it could not be read. */
  reread: (subject: string, parts: ReadonlySet<Part>) => Promise<unknown>
  /** While true nothing is read; `resume` goes on. */
  isPaused: () => boolean
  /** The longest rest between two reads of a subject. */
  mostRestMs: (subject: string) => number
  /** What a read waits besides, each time anew: many pages hear of the same change at once. */
  spreadMs: (subject: string) => number
  elapsed: () => number
}

type Subject<Part> = {
  parts: Set<Part>
  timer: ReturnType<typeof setTimeout> | undefined
  isReading: boolean
  restMs: number
  restsUntilMs: number
  failures: number
}

/** Events of one happening come close together. */
const gatherMs = 120
const firstRestMs = 500
const failedRestMs = 5_000
const mostFailures = 3
/** Of more subjects than these, the ones that wait for nothing are forgotten. */
const mostSubjects = 20

/**
 * Turns many changes into few reads: what changes together is read once, and what keeps changing is read ever more
 * rarely, up to a longest rest. Each subject (a contact, the list) is read by one call at a time.
 */
export function createChangeCollector<Part>(collector: CollectorParts<Part>) {
  const subjects = new Map<string, Subject<Part>>()
  let isClosed = false

  function subjectOf(name: string): Subject<Part> {
    const known = subjects.get(name)
    if (known) return known
    const subject: Subject<Part> = {
      parts: new Set(),
      timer: undefined,
      isReading: false,
      restMs: firstRestMs,
      restsUntilMs: 0,
      failures: 0,
    }
    subjects.set(name, subject)
    if (subjects.size > mostSubjects) forgetIdle(name)
    return subject
  }

  function forgetIdle(except: string): void {
    for (const [name, { parts, isReading }] of subjects) {
      if (name !== except && parts.size === 0 && !isReading) subjects.delete(name)
    }
  }

  function schedule(name: string, subject: Subject<Part>): void {
    if (isClosed || subject.timer !== undefined || subject.isReading || collector.isPaused()) return
    const waitMs = Math.max(gatherMs, subject.restsUntilMs - collector.elapsed())
    subject.timer = setTimeout(() => void flush(name, subject), waitMs + collector.spreadMs(name))
  }

  function restAfter(subject: Subject<Part>, name: string, failed: ReadonlySet<Part> | null): void {
    if (failed === null) subject.failures = 0
    else {
      subject.failures += 1
      for (const part of failed) subject.parts.add(part)
    }
    const restMs = failed === null ? subject.restMs : failedRestMs
    subject.restsUntilMs = collector.elapsed() + restMs
    subject.restMs = Math.min(collector.mostRestMs(name), subject.restMs * 2)
  }

  async function flush(name: string, subject: Subject<Part>): Promise<void> {
    subject.timer = undefined
    if (collector.isPaused() || subject.parts.size === 0) return
    const parts = new Set(subject.parts)
    subject.parts.clear()
    subject.isReading = true
    try {
      await collector.reread(name, parts)
      restAfter(subject, name, null)
    } catch {
      restAfter(subject, name, parts)
    }
    subject.isReading = false
    if (subject.parts.size > 0 && subject.failures <= mostFailures) schedule(name, subject)
  }

  return {
    add(name: string, parts: Iterable<Part>): void {
      const subject = subjectOf(name)
      const isQuiet = collector.elapsed() > subject.restsUntilMs + subject.restMs
      if (isQuiet && subject.parts.size === 0) subject.restMs = firstRestMs
      for (const part of parts) subject.parts.add(part)
      schedule(name, subject)
    },
    resume(): void {
      for (const [name, subject] of subjects) if (subject.parts.size > 0) schedule(name, subject)
    },
    /** The way to the server is back: what could not be read is read now, what was given up with it. */
    hurry(): void {
      for (const [name, subject] of subjects) {
        if (subject.failures === 0) continue
        clearTimeout(subject.timer)
        Object.assign(subject, { timer: undefined, failures: 0, restMs: firstRestMs, restsUntilMs: 0 })
        if (subject.parts.size > 0) schedule(name, subject)
      }
    },
    close(): void {
      isClosed = true
      for (const { timer } of subjects.values()) clearTimeout(timer)
      subjects.clear()
    },
  }
}
