import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig, settingNames } from '../../server/config.ts'

const lines = readFileSync(resolve(import.meta.dirname, '../../.env.example'), 'utf8').split('\n')
const settingLine = /^(?:# )?([A-Z][A-Z_]+)=(.*)$/

const shown = lines.flatMap((line, index) => {
  const match = settingLine.exec(line)
  return match ? [{ name: match[1] ?? '', value: match[2] ?? '', optional: line.startsWith('#'), index }] : []
})

const required = {
  GHL_APP_CLIENT_ID: 'app-key',
  GHL_APP_CLIENT_SECRET: 'secret',
  GHL_APP_SSO_KEY: 'sso',
  PUBLIC_URL: 'https://wrapup.example.com',
  SESSION_SECRET: 's'.repeat(32),
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
}

describe('.env.example', () => {
  test('When it is held against the settings, then it shows each of them once and nothing else', () => {
    expect(shown.map(({ name }) => name).sort()).toEqual([...settingNames].sort())
  })

  test('When a setting is shown, then a line of explanation stands above it', () => {
    for (const { index } of shown) {
      const above = lines.slice(0, index).findLast((line) => !settingLine.test(line))
      expect(above, lines[index]).toMatch(/^# \S/)
    }
  })

  test('When it is used as it is, then exactly the required settings are missing', () => {
    const asGiven = parseEnv(lines.join('\n'))
    expect(Object.keys(asGiven).sort()).toEqual(Object.keys(required).sort())
    const problems = Object.keys(required).map((name) => `${name} is required`)
    expect(() => readConfig(asGiven)).toThrow(expect.objectContaining({ name: 'ConfigError', problems }))
    expect(() => readConfig(asGiven)).toThrow(ConfigError)
  })

  test('When a default is shown, then setting it changes nothing', () => {
    const defaults = Object.fromEntries(
      shown.flatMap(({ name, value, optional }) => (optional && value ? [[name, value]] : [])),
    )
    expect(Object.keys(defaults)).not.toHaveLength(0)
    expect(readConfig({ ...required, ...defaults })).toEqual(readConfig(required))
  })
})
