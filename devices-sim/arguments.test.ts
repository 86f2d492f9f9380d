import { describe, expect, it } from 'vitest'
import { getInstant } from '../core/index.ts'
import { commandOptions, parseSimulatorArguments, type RunSettings } from './arguments.ts'
import { readHelp } from './main.ts'

const now = getInstant('2026-11-22T12:00:00Z')

function parse(line: string): ReturnType<typeof parseSimulatorArguments> {
  return parseSimulatorArguments(line.split(' ').filter(Boolean), now)
}

function settingsOf(line: string): RunSettings {
  const parsed = parse(line)
  if (parsed.kind === 'command' && parsed.command.verb === 'run') return parsed.command.settings
  throw new Error(JSON.stringify(parsed))
}

describe('the arguments of usance sim', () => {
  it('reads the line of the README', () => {
    const { deviceIds, ...settings } = settingsOf('--devices 50 --profile drill --speed 60 --seed 7')
    expect(deviceIds).toHaveLength(50)
    expect([deviceIds[0], deviceIds[49]]).toEqual(['sim-drill-7-0001', 'sim-drill-7-0050'])
    expect(settings).toMatchObject({
      profile: { name: 'drill' },
      seed: 7,
      speed: 60,
      durationMs: undefined,
      offlinePerMille: 0,
      timeZone: 'Europe/Berlin',
      credentialsFile: './data/sim-credentials.ndjson',
      stateFile: './data/sim-state.json',
      isJson: false,
    })
  })

  it.each([
    ['--duration 10m --speed 60', '2026-11-22T02:00:00Z'],
    ['--duration 90s', '2026-11-22T11:58:30Z'],
    ['--speed 2', '2026-11-22T11:00:00Z'],
    ['', '2026-11-22T12:00:00Z'],
    ['--from 2026-11-01T00:00:00+01:00', '2026-10-31T23:00:00Z'],
  ])('lets "%s" begin at %s', (line, from) => {
    expect(settingsOf(line).from).toBe(getInstant(from))
  })

  it.each([
    ['0', 0],
    ['0.2', 200],
    ['0.05', 50],
    ['0.999', 999],
  ])('takes the offline fraction %s as %i of 1,000', (fraction, perMille) => {
    expect(settingsOf(`--offline ${fraction}`).offlinePerMille).toBe(perMille)
  })

  it('takes devices by name', () => {
    expect(settingsOf('--device drill-1 --device drill-2').deviceIds).toEqual(['drill-1', 'drill-2'])
  })

  it('reports all mistakes at once', () => {
    const parsed = parse(
      'go --devices 0 --profile mixer --speed 1.5 --seed -1 --offline 1 --duration 10 --from yesterday ' +
        '--time-zone Mars/Base --url localhost --api ftp://x --json=yes --dry-run --colour --state',
    )
    expect(parsed.kind === 'misused' ? parsed.problems : []).toEqual([
      'Remove "go": the commands are run and list-profiles.',
      'Write --json without a value.',
      'Remove --colour: there is no such option, see --help.',
      'Give --state a value.',
      'Give --profile one of drill, tunnel_drill, compressor, washer; "mixer" is not.',
      'Give --seed a whole number from 0; "-1" is not.',
      'Give --speed a whole number from 1 to 100000; "1.5" is not.',
      'Give --devices a whole number from 1 to 10000; "0" is not.',
      'Give --duration a duration such as 90s, 10m, 2h or 1d; "10" is not.',
      'Give --from an instant such as 2026-11-02T00:00:00Z; "yesterday" is not.',
      'Give --url a URL such as mqtt://localhost:1883; "localhost" is not.',
      'Give --api a URL such as http://localhost:8080; "ftp://x" is not.',
      'Give --offline a fraction from 0 to 0.999 with at most three decimals; "1" is not.',
      'Give --time-zone an IANA time zone such as Europe/Berlin; "Mars/Base" is not.',
    ])
  })

  it.each([
    ['--from 2026-11-23T00:00:00Z', 'Give --from an instant that is not in the future.'],
    [
      '--speed 100000 --duration 1d',
      'Let the simulation begin at most three years ago: a later --from, or less --speed or --duration.',
    ],
    ['--devices 2 --device a', 'Give --devices or --device, not both.'],
    ['--device a --device a', 'Give each --device only once.'],
    ['--device a/b', 'Give --device 1 to 64 letters, digits, ".", "_", "~" or "-"; "a/b" is not.'],
    ['--seed 1 --seed 2', 'Give --seed only once.'],
    [
      '--truth-from 2026-11-02T00:00:00Z --truth-to 2026-11-02T00:00:00Z',
      'Give --truth-to an instant after --truth-from.',
    ],
    ['list-profiles --seed 1', 'Remove --seed: there is no such option, see --help.'],
  ])('refuses %s', (line, problem) => {
    const parsed = parse(line)
    expect(parsed.kind === 'misused' ? parsed.problems[0] : parsed).toBe(problem)
  })
})

describe.each(['run', 'list-profiles'] as const)('the help of %s', (name) => {
  const help = readHelp(name)

  it('begins with examples, each of which parses', () => {
    const [title, ...lines] = help.split('\n')
    const examples = lines.slice(0, lines.indexOf(''))
    expect(title).toBe('Examples:')
    expect(examples.length).toBeGreaterThan(1)
    const misused = examples.filter((example) => {
      const [, args = 'no example'] = /^ {2}npm run sim -- (.*?)(?: > \S+)?$/.exec(example) ?? []
      return parse(args).kind !== 'command'
    })
    expect(misused).toEqual([])
  })

  it('explains every option of the parser and no other', () => {
    const explained = [...help.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)].map(([, option]) => option)
    expect(new Set(explained)).toEqual(new Set(Object.keys(commandOptions[name])))
    expect(new Set(explained).size).toBe(explained.length)
  })

  it('says which options take a value', () => {
    const wronglyShown = Object.entries(commandOptions[name]).filter(
      ([option, { type }]) => help.includes(`--${option} <`) !== (type === 'string'),
    )
    expect(wronglyShown).toEqual([])
  })
})
