/**
 * The command line as one typed union. Everything that can be checked without touching files or the network is checked
 * here, and all mistakes are reported at once.
 */
import { parseArgs } from 'node:util'
import {
  assertTimeZone,
  DAY_MS,
  HOUR_MS,
  isDeviceId,
  MINUTE_MS,
  parseInstant,
  SECOND_MS,
} from '../core/index.ts'
import type { Profile } from './model/profile.ts'
import { isProfileName, profiles } from './model/profiles.ts'
import { DEFAULT_TIME_ZONE } from './model/simulated-device.ts'

export type RunSettings = {
  /** Undefined when not given: the demo's access file or the default decides. */
  readonly mqttUrl: string | undefined
  readonly apiUrl: string | undefined
  readonly apiKey: string | undefined
  readonly deviceIds: readonly string[]
  readonly profile: Profile
  readonly seed: number
  readonly speed: number
  /** In real time; undefined runs until interrupted. */
  readonly durationMs: number | undefined
  readonly from: number
  readonly offlinePerMille: number
  readonly timeZone: string
  readonly credentialsFile: string
  readonly stateFile: string
  readonly truthFrom: number | undefined
  readonly truthTo: number | undefined
  /** Give up when nothing was acknowledged for so long at the end. */
  readonly patienceMs: number
  readonly isJson: boolean
}

type SimulatorCommand =
  | { readonly verb: 'help'; readonly topic: CommandName }
  | { readonly verb: 'list-profiles'; readonly isJson: boolean }
  | { readonly verb: 'run'; readonly settings: RunSettings }
  | { readonly verb: 'dry-run'; readonly settings: RunSettings }

export type CommandName = 'run' | 'list-profiles'

export type ParsedArguments =
  | { readonly kind: 'command'; readonly command: SimulatorCommand }
  | { readonly kind: 'misused'; readonly problems: readonly string[] }

/** Every option and what it takes; the help texts are tested against this. */
export const commandOptions = {
  run: {
    devices: { type: 'string' },
    device: { type: 'string', multiple: true },
    profile: { type: 'string' },
    seed: { type: 'string' },
    speed: { type: 'string' },
    duration: { type: 'string' },
    from: { type: 'string' },
    offline: { type: 'string' },
    'time-zone': { type: 'string' },
    url: { type: 'string' },
    api: { type: 'string' },
    'api-key': { type: 'string' },
    credentials: { type: 'string' },
    state: { type: 'string' },
    'truth-from': { type: 'string' },
    'truth-to': { type: 'string' },
    patience: { type: 'string' },
    'dry-run': { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
  'list-profiles': {
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
} as const satisfies Readonly<Record<CommandName, OptionTable>>

type OptionTable = Readonly<
  Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: true; readonly short?: string }>
>

const MAX_DEVICES = 10_000
const MAX_SPEED = 100_000
const MAX_PAST_MS = 3 * 366 * DAY_MS
const unitsMs = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS } as const

/** `now` decides where the simulated past lies when `--from` is not given. */
export function parseSimulatorArguments(argv: readonly string[], now: number): ParsedArguments {
  const [first = ''] = argv
  const isNamed = first === 'run' || first === 'list-profiles'
  const name: CommandName = isNamed ? first : 'run'
  const { texts, flags, problems } = readOptions(isNamed ? argv.slice(1) : argv, commandOptions[name])
  if (flags.has('help')) return { kind: 'command', command: { verb: 'help', topic: name } }
  const isJson = flags.has('json')
  let command: SimulatorCommand = { verb: 'list-profiles', isJson }
  if (name === 'run') {
    const verb = flags.has('dry-run') ? 'dry-run' : 'run'
    command = { verb, settings: readSettings(texts, isJson, now, problems) }
  }
  return problems.length === 0 ? { kind: 'command', command } : { kind: 'misused', problems }
}

function readOptions(
  args: readonly string[],
  table: OptionTable,
): { texts: Map<string, string[]>; flags: Set<string>; problems: string[] } {
  const problems: string[] = []
  const texts = new Map<string, string[]>()
  const flags = new Set<string>()
  const { tokens } = parseArgs({
    args: [...args],
    options: table,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind === 'positional') {
      problems.push(`Remove "${shorten(token.value)}": the commands are run and list-profiles.`)
    }
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(table, token.name) ? table[token.name] : undefined
    if (option === undefined) {
      problems.push(`Remove ${shorten(token.rawName)}: there is no such option, see --help.`)
    } else if (option.type === 'boolean') {
      if (token.value !== undefined) problems.push(`Write ${token.rawName} without a value.`)
      flags.add(token.name)
    } else if (token.value === undefined || token.value === '') {
      problems.push(`Give ${token.rawName} a value.`)
    } else {
      const given = texts.get(token.name) ?? []
      if (given.length > 0 && option.multiple !== true) problems.push(`Give ${token.rawName} only once.`)
      texts.set(token.name, [...given, token.value])
    }
  }
  return { texts, flags, problems }
}

function readSettings(
  texts: ReadonlyMap<string, readonly string[]>,
  isJson: boolean,
  now: number,
  problems: string[],
): RunSettings {
  const text = (name: keyof (typeof commandOptions)['run']): string | undefined => texts.get(name)?.[0]
  const check = <Checked>(
    name: keyof (typeof commandOptions)['run'],
    fallback: Checked,
    read: (given: string) => Checked | undefined,
    wanted: string,
  ): Checked => {
    const given = text(name)
    if (given === undefined) return fallback
    const checked = read(given)
    if (checked === undefined) problems.push(`Give --${name} ${wanted}; "${shorten(given)}" is not.`)
    return checked ?? fallback
  }

  const profile = check(
    'profile',
    profiles.drill,
    (given): Profile | undefined => (isProfileName(given) ? profiles[given] : undefined),
    `one of ${Object.keys(profiles).join(', ')}`,
  )
  const seed = check('seed', 1, wholeNumber(0, Number.MAX_SAFE_INTEGER), 'a whole number from 0')
  const speed = check('speed', 1, wholeNumber(1, MAX_SPEED), `a whole number from 1 to ${MAX_SPEED}`)
  const deviceCount = check(
    'devices',
    1,
    wholeNumber(1, MAX_DEVICES),
    `a whole number from 1 to ${MAX_DEVICES}`,
  )
  const namedDevices = texts.get('device') ?? []
  if (namedDevices.length > 0 && text('devices') !== undefined) {
    problems.push('Give --devices or --device, not both.')
  }
  if (new Set(namedDevices).size < namedDevices.length) problems.push('Give each --device only once.')
  for (const deviceId of namedDevices.filter((given) => !isDeviceId(given))) {
    problems.push(
      `Give --device 1 to 64 letters, digits, ".", "_", "~" or "-"; "${shorten(deviceId)}" is not.`,
    )
  }
  const durationMs = check('duration', undefined, readDuration, 'a duration such as 90s, 10m, 2h or 1d')
  const instantWanted = 'an instant such as 2026-11-02T00:00:00Z'
  // Without a duration it has caught up after an hour.
  const simulatedMs = durationMs === undefined ? (speed - 1) * HOUR_MS : durationMs * speed
  const from = check('from', now - simulatedMs, parseInstant, instantWanted)
  if (from > now) problems.push('Give --from an instant that is not in the future.')
  if (from < now - MAX_PAST_MS) {
    problems.push(
      'Let the simulation begin at most three years ago: a later --from, or less --speed or --duration.',
    )
  }
  const truthFrom = check('truth-from', undefined, parseInstant, instantWanted)
  const truthTo = check('truth-to', undefined, parseInstant, instantWanted)
  if (truthFrom !== undefined && truthTo !== undefined && truthTo <= truthFrom) {
    problems.push('Give --truth-to an instant after --truth-from.')
  }
  return {
    mqttUrl: check(
      'url',
      undefined,
      urlWith('mqtt:', 'mqtts:', 'ws:', 'wss:'),
      'a URL such as mqtt://localhost:1883',
    ),
    apiUrl: check('api', undefined, urlWith('http:', 'https:'), 'a URL such as http://localhost:8080'),
    apiKey: text('api-key'),
    deviceIds: namedDevices.length > 0 ? namedDevices : generatedDeviceIds(profile.name, seed, deviceCount),
    profile,
    seed,
    speed,
    durationMs,
    from,
    offlinePerMille: check(
      'offline',
      0,
      readPerMille,
      'a fraction from 0 to 0.999 with at most three decimals',
    ),
    timeZone: check('time-zone', DEFAULT_TIME_ZONE, readTimeZone, 'an IANA time zone such as Europe/Berlin'),
    credentialsFile: text('credentials') ?? './data/sim-credentials.ndjson',
    stateFile: text('state') ?? './data/sim-state.json',
    truthFrom,
    truthTo,
    patienceMs: check('patience', 30_000, readDuration, 'a duration such as 30s'),
    isJson,
  }
}

/** Names carry profile and seed, so that two simulations do not share sequence numbers. */
function generatedDeviceIds(profileName: string, seed: number, count: number): string[] {
  return Array.from(
    { length: count },
    (_, place) => `sim-${profileName}-${seed}-${String(place + 1).padStart(4, '0')}`,
  )
}

function wholeNumber(minimum: number, maximum: number): (given: string) => number | undefined {
  return (given) => {
    const number = /^(?:0|[1-9]\d{0,15})$/.test(given) ? Number(given) : Number.NaN
    return number >= minimum && number <= maximum ? number : undefined
  }
}

function readDuration(given: string): number | undefined {
  const match = /^([1-9]\d{0,8})(ms|s|m|h|d)$/.exec(given)
  return match === null ? undefined : Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs]
}

function readPerMille(given: string): number | undefined {
  const match = /^0(?:\.(\d{1,3}))?$/.exec(given)
  return match === null ? undefined : Number((match[1] ?? '').padEnd(3, '0'))
}

function readTimeZone(given: string): string | undefined {
  try {
    assertTimeZone(given)
    return given
  } catch {
    return undefined
  }
}

function urlWith(...protocols: readonly string[]): (given: string) => string | undefined {
  return (given) => (URL.canParse(given) && protocols.includes(new URL(given).protocol) ? given : undefined)
}

function shorten(given: string): string {
  return given.slice(0, 60)
}
