import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseTortureArguments } from './torture-arguments.ts'

describe('the command line of the torture', () => {
  it('runs all parts at full length by default', () => {
    expect(parseTortureArguments([])).toEqual({
      kind: 'run',
      settings: {
        parts: ['crash', 'model', 'fuzz', 'stripe'],
        seed: undefined,
        kills: 300,
        devices: 24,
        cases: 10_000,
        limitMs: 3_600_000,
      },
    })
  })

  it('takes a part, a seed and sizes', () => {
    const words = ['crash', '--seed', '0', '--kills', '5', '--devices', '3', '--minutes', '2']
    expect(parseTortureArguments(words)).toMatchObject({
      kind: 'run',
      settings: { parts: ['crash'], seed: 0, kills: 5, devices: 3, limitMs: 120_000 },
    })
  })

  it('names every mistake at once', () => {
    expect(parseTortureArguments(['crush', 'crash', '--kills', '0', '--seed', '-1'])).toMatchObject({
      kind: 'misused',
    })
    expect(parseTortureArguments(['crush', 'crash', '--kills', '0', '--seed=x'])).toEqual({
      kind: 'misused',
      problems: [
        'There is no part "crush"; there are crash, model, fuzz, stripe and all.',
        'Name one part, or all.',
        '--seed is a whole number up to 4294967295, not "x".',
        '--kills is a whole number up to 10000, not "0".',
      ],
    })
    expect(parseTortureArguments(['--speed', '2'])).toMatchObject({ kind: 'misused' })
  })

  it('is described by its help: each option is there', () => {
    const help = readFileSync(new URL('./torture.help.txt', import.meta.url), 'utf8')
    for (const option of ['seed', 'kills', 'devices', 'cases', 'minutes']) {
      expect(help).toContain(`--${option} `)
    }
    expect(parseTortureArguments(['--help'])).toEqual({ kind: 'help' })
  })
})
