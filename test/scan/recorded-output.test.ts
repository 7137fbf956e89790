import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Recording, recordingsDir } from '../support/recorded-output.ts'

/** A secret may be cut or escaped on its way into a line: its start gives it away as well. */
const tellingLength = 24
/** Seven or more digits in a row, with or without a plus: a whole phone number, unless an id or a time holds it. */
const wholePhone = /(?<![\w.-])\+?[1-9]\d{9,14}(?![\w.-])/

const recordings: Recording[] = existsSync(recordingsDir)
  ? readdirSync(recordingsDir).map((name) => JSON.parse(readFileSync(join(recordingsDir, name), 'utf8')))
  : []

function marksOf(secrets: readonly string[]): string[] {
  return [...new Set(secrets.filter((secret) => secret.length >= 8))].map((secret) => {
    const escaped = JSON.stringify(secret).slice(1, -1)
    return escaped.slice(0, tellingLength)
  })
}

/** The lines that hold a mark, each with what it holds; without the mark itself, which must not be printed either. */
function findLeaks(lines: readonly string[], secrets: readonly string[]): string[] {
  const marks = marksOf(secrets)
  const text = lines.join('\n')
  const present = marks.filter((mark) => text.includes(mark))
  return lines.filter(
    (line) => present.some((mark) => line.includes(mark)) || wholePhone.test(withoutTimes(line)),
  )
}

/** Epoch milliseconds are as long as a phone number. */
const withoutTimes = (line: string): string => line.replaceAll(/"(?:time|durationMs)":[^,}]+/g, '')

describe('everything that a test run wrote', () => {
  it('When the run has ended, then there is something to look at', () => {
    const lines = recordings.flatMap(({ logs }) => logs)
    const answers = recordings.flatMap(({ errorAnswers }) => errorAnswers)
    const secrets = recordings.flatMap(({ secrets: all }) => all)
    expect(lines.length).toBeGreaterThan(100)
    expect(answers.length).toBeGreaterThan(20)
    expect(secrets.length).toBeGreaterThan(100)
  })

  it('When a secret is planted, then it is found', () => {
    const secret = 'eyJhbGciOiJSUzI1NiJ9.eyJhdXRoQ2xhc3MiOiJMb2NhdGlvbiJ9.c2lnbmF0dXJl'
    expect(findLeaks([`{"msg":"x","token":"${secret}"}`], [secret])).toHaveLength(1)
    expect(findLeaks([`{"msg":"x","token":"${secret.slice(0, 30)}"}`], [secret])).toHaveLength(1)
    expect(findLeaks(['{"msg":"sent to +13125550142"}'], [])).toHaveLength(1)
    expect(
      findLeaks(['{"msg":"fine","time":1763305200000,"contactId":"conMayaOkafor0000001"}'], [secret]),
    ).toEqual([])
  })

  it('When logs are read, then no token, secret, message body or whole phone number is in them', () => {
    expect(recordings.flatMap(({ logs, secrets }) => findLeaks(logs, secrets))).toEqual([])
  })

  it('When error answers are read, then no token, secret, message body or whole phone number is in them', () => {
    expect(recordings.flatMap(({ errorAnswers, secrets }) => findLeaks(errorAnswers, secrets))).toEqual([])
  })
})
