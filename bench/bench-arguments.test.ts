import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BenchFlags, parseBenchArguments } from './bench-arguments.ts'
import { latencyOptions } from './latency/latency-arguments.ts'
import { memoryOptions } from './memory/memory-arguments.ts'
import { scaleOptions } from './scale/scale-arguments.ts'

const options = {
  rounds: { type: 'string' },
  stored: { type: 'string' },
  load: { type: 'string' },
  quick: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

const parse = (...argv: string[]) =>
  parseBenchArguments(argv, options, (flags) => ({
    rounds: flags.count('rounds', 3, 20),
    stored: flags.counts('stored', [1], 50),
    load: flags.choice('load', { slow: 1, fast: 2 }),
    isQuick: flags.has('quick'),
  }))

describe('parseBenchArguments', () => {
  it('takes the fallbacks without flags', () => {
    expect(parse()).toEqual({
      kind: 'run',
      settings: { rounds: 3, stored: [1], load: undefined, isQuick: false },
    })
  })

  it('reads numbers, lists and choices', () => {
    expect(parse('--rounds', '20', '--stored', '1,10,50', '--load', 'fast', '--quick')).toEqual({
      kind: 'run',
      settings: { rounds: 20, stored: [1, 10, 50], load: 2, isQuick: true },
    })
  })

  it('names every mistake at once', () => {
    expect(parse('--rounds', '21', '--stored', '1,,2', '--load', 'toString')).toEqual({
      kind: 'misused',
      problems: [
        '--rounds is a whole number from 1 to 20, not "21".',
        '--stored is whole numbers from 1 to 50 with commas, not "1,,2".',
        '--load is slow or fast, not "toString".',
      ],
    })
  })

  it.each([
    ['--speed', '4'],
    ['now'],
    ['--rounds'],
    ['--rounds', '0'],
    ['--rounds', '1.5'],
    ['--stored', '51'],
  ])('refuses %s %s', (...argv) => {
    expect(parse(...argv).kind).toBe('misused')
  })

  it('lets a question for help win over mistakes', () => {
    expect(parse('--rounds', 'many', '-h')).toEqual({ kind: 'help' })
  })

  it('leaves no problem behind where a flag is absent', () => {
    const flags = new BenchFlags({})
    expect([flags.count('rounds', 7, 20), flags.problems]).toEqual([7, []])
  })
})

describe('the help of each bench', () => {
  it.each([
    ['latency', latencyOptions],
    ['memory', memoryOptions],
    ['scale', scaleOptions],
  ])('describes exactly the options of %s', (name, of) => {
    const help = readFileSync(new URL(`./${name}/${name}.help.txt`, import.meta.url), 'utf8')
    const described = [...help.matchAll(/^ {2}(?:-\w, )?--([a-z]+)/gm)].map(([, option]) => option)
    expect(new Set(described)).toEqual(new Set(Object.keys(of)))
  })
})
