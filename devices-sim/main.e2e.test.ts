import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readCredentials } from './credentials-file.ts'
import { runSimulatorCommand } from './main.ts'
import { type BareBroker, startBareBroker } from './testing/bare-broker.ts'
import { collectOutput } from './testing/collected-output.ts'
import { type RegistrationServer, startRegistrationServer } from './testing/registration-server.ts'
import { findUsanceAccess } from './usance-access.ts'

let folder: string
let usance: RegistrationServer
const brokers: BareBroker[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim-'))
  usance = await startRegistrationServer('a-key')
})

afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.kill()
  await usance.close()
  await rm(folder, { recursive: true })
})

async function aBroker(options?: Parameters<typeof startBareBroker>[0]): Promise<BareBroker> {
  const broker = await startBareBroker({ secrets: usance.secrets, ...options })
  brokers.push(broker)
  return broker
}

type Run = {
  readonly exitCode: Promise<number>
  readonly interrupt: AbortController
  readonly quit: AbortController
  stdout(): string
  stderr(): string
}

/** Starts the command with files in the test's folder and both addresses given. */
function start(
  broker: BareBroker,
  line: string,
  env: Record<string, string> = { USANCE_API_KEY: 'a-key' },
): Run {
  const stdout = collectOutput()
  const stderr = collectOutput()
  const interrupt = new AbortController()
  const quit = new AbortController()
  const places = ['--url', broker.url, '--api', usance.url]
  const files = ['--credentials', join(folder, 'credentials.ndjson'), '--state', join(folder, 'state.json')]
  const exitCode = runSimulatorCommand([...line.split(' '), ...places, ...files], {
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: interrupt.signal,
    quitSignal: quit.signal,
    env,
  })
  return { exitCode, interrupt, quit, stdout: () => stdout.text(), stderr: () => stderr.text() }
}

type PrintedTruth = {
  readonly generated: number
  readonly acknowledged: number
  readonly devices: readonly {
    readonly deviceId: string
    readonly lastSeq: number
    readonly registers: Readonly<Record<string, { first: string; last: string; advance: string }>>
  }[]
}

describe('usance sim run', () => {
  it('registers missing devices, sends the span, prints its ground truth and exits 0', async () => {
    const broker = await aBroker()
    const run = start(
      broker,
      '--devices 2 --seed 7 --from 2026-10-06T00:00:00Z --duration 500ms --speed 100000',
    )
    expect(await run.exitCode).toBe(0)

    expect(usance.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /v1/models/sim-drill',
      'POST /v1/devices',
      'POST /v1/devices',
    ])
    expect(usance.requests.map(({ document }) => document)).toEqual([
      {
        name: 'Simulated drill',
        registers: [
          { name: 'run_s', unit: 's', maxPerHour: '3600', maxGapMs: 7_200_000, gapRule: 'end' },
          { name: 'energy_wh', unit: 'Wh', maxPerHour: '1200', maxGapMs: 7_200_000, gapRule: 'end' },
        ],
      },
      { id: 'sim-drill-7-0001', modelId: 'sim-drill', commissionedAt: '2026-10-06T00:00:00.000Z' },
      { id: 'sim-drill-7-0002', modelId: 'sim-drill', commissionedAt: '2026-10-06T00:00:00.000Z' },
    ])

    const truth = JSON.parse(run.stdout()) as PrintedTruth & { readonly span: unknown }
    // 500 ms at 100,000 times are 13 hours, 53 minutes and 20 seconds.
    expect(truth.span).toEqual({ from: '2026-10-06T00:00:00.000Z', to: '2026-10-06T13:53:20.000Z' })
    expect(truth.acknowledged).toBe(truth.generated)
    for (const { deviceId, lastSeq, registers } of truth.devices) {
      const readings = broker.received.get(deviceId) ?? []
      const values = readings.map((reading) => reading.registers[0]!.value)
      expect(readings.map(({ seq }) => seq)).toEqual(Array.from({ length: lastSeq }, (_, index) => index + 1))
      expect(registers['run_s']).toEqual({
        first: values[0]!.toString(),
        last: values.at(-1)!.toString(),
        advance: (values.at(-1)! - values[0]!).toString(),
      })
    }
  })

  it('keeps secrets for the owner alone, and uses them the next time without a key', async () => {
    const broker = await aBroker()
    const line = '--devices 2 --seed 7 --from 2026-10-06T00:00:00Z --duration 50ms --speed 1000'
    expect(await start(broker, line).exitCode).toBe(0)
    expect((await stat(join(folder, 'credentials.ndjson'))).mode & 0o777).toBe(0o600)
    const run = start(broker, line, {})
    expect(await run.exitCode).toBe(0)
    expect(usance.requests).toHaveLength(3)
    expect(run.stderr()).not.toContain('secret of')
  })

  it('goes on where it was when it is started again', async () => {
    const broker = await aBroker()
    const line = '--seed 7 --from 2026-10-06T06:00:00Z --duration 300ms --speed 50000'
    const first = start(broker, line)
    expect(await first.exitCode).toBe(0)
    const second = start(broker, line)
    expect(await second.exitCode).toBe(0)
    const [before, after] = [first, second].map(
      (run) => (JSON.parse(run.stdout()) as PrintedTruth).devices[0]!,
    )
    expect(after!.lastSeq).toBeGreaterThan(before!.lastSeq)
    expect(after!.registers['run_s']!.first).toBe(before!.registers['run_s']!.first)
    expect(broker.received.get('sim-drill-7-0001')?.map(({ seq }) => seq)).toEqual(
      Array.from({ length: after!.lastSeq }, (_, index) => index + 1),
    )
  })

  it('publishes what is stored at the first interruption and exits 130 with everything acknowledged', async () => {
    const answers: { isHolding: boolean } = { isHolding: true }
    const broker = await aBroker({ answer: () => (answers.isHolding ? 'disconnect' : 'acknowledge') })
    const run = start(broker, '--seed 7 --from 2026-10-06T00:00:00Z --speed 100000 --json')
    await vi.waitFor(() => expect(broker.received.size).toBe(1), 10_000)
    run.interrupt.abort()
    answers.isHolding = false
    expect(await run.exitCode).toBe(130)
    const truth = JSON.parse(run.stdout()) as PrintedTruth
    expect(truth.generated).toBeGreaterThan(0)
    expect(truth.acknowledged).toBe(truth.generated)
    expect(run.stdout().trimEnd().split('\n')).toHaveLength(1)
    expect(broker.acknowledged.get('sim-drill-7-0001')?.size).toBe(truth.acknowledged)
  })

  it('quits at the second interruption with the rest unacknowledged', async () => {
    const broker = await aBroker({ answer: () => 'hold' })
    const run = start(broker, '--seed 7 --from 2026-10-06T00:00:00Z --speed 100000')
    await vi.waitFor(() => expect(broker.received.size).toBe(1), 10_000)
    run.interrupt.abort()
    run.quit.abort()
    expect(await run.exitCode).toBe(130)
    const truth = JSON.parse(run.stdout()) as PrintedTruth
    expect(truth.acknowledged).toBe(0)
    expect(truth.generated).toBeGreaterThan(0)
  })

  it('exits 1 when the broker acknowledges nothing for the given patience', async () => {
    const broker = await aBroker({ answer: () => 'hold' })
    const run = start(broker, '--from 2026-10-06T00:00:00Z --speed 100000 --duration 100ms --patience 200ms')
    expect(await run.exitCode).toBe(1)
    expect((JSON.parse(run.stdout()) as PrintedTruth).acknowledged).toBe(0)
  })

  it.each([
    ['without a key', {}, 'Give --api-key so that devices can be registered'],
    [
      'with a wrong key',
      { USANCE_API_KEY: 'no-key' },
      'Give a valid --api-key; the model sim-drill was refused',
    ],
  ])('exits 1 %s and says what to do', async (_case, env, advice) => {
    const run = start(await aBroker(), '--duration 1s', env)
    expect(await run.exitCode).toBe(1)
    expect(run.stderr()).toContain(advice)
    expect(run.stdout()).toBe('')
  })

  it('exits 1 when a device exists whose secret is not at hand', async () => {
    usance.secrets.set('sim-drill-1-0001', 'unknown here')
    const run = start(await aBroker(), '--duration 1s')
    expect(await run.exitCode).toBe(1)
    expect(run.stderr()).toContain(
      'Name the file that has its secret with --credentials, or take another --seed',
    )
  })

  it('exits 1 when nobody answers over HTTP', async () => {
    const broker = await aBroker()
    await usance.close()
    const unanswered = start(broker, '--duration 1s')
    expect(await unanswered.exitCode).toBe(1)
    expect(unanswered.stderr()).toContain('there was no answer')
    usance = await startRegistrationServer('a-key')
  })
})

describe('the credentials file', () => {
  it.each([
    [
      'lines',
      '{"deviceId":"a","secret":"x"}\n\n{"deviceId":"b","secret":"y"}\n{"deviceId":"a","secret":"z"}\n',
    ],
    ['one array', '[{"deviceId":"a","secret":"z"},{"deviceId":"b","secret":"y"}]'],
  ])('is read as %s', async (_form, text) => {
    const path = join(folder, 'given')
    await writeFile(path, text)
    expect([...(await readCredentials(path))]).toEqual([
      ['a', 'z'],
      ['b', 'y'],
    ])
  })

  it('is refused with the place of the mistake and without showing a secret', async () => {
    const path = join(folder, 'given')
    await writeFile(path, '{"deviceId":"a","secret":"x"}\n{"deviceId":"b","secret":"top-secret"\n')
    const refusal = await readCredentials(path).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'credentials_invalid' })
    expect(String(refusal)).toContain('line 2')
    expect(String(refusal)).not.toContain('top-secret')
  })

  it('is empty when there is none', async () => {
    expect([...(await readCredentials(join(folder, 'none')))]).toEqual([])
  })
})

describe('findUsanceAccess', () => {
  const demo = { apiUrl: 'http://localhost:8081', apiKey: 'demo-key', mqttUrl: 'mqtt://localhost:1884' }
  const nothing = { mqttUrl: undefined, apiUrl: undefined, apiKey: undefined }

  it('takes the command line before the environment before what the demo left', async () => {
    const path = join(folder, 'demo-access.json')
    await writeFile(path, JSON.stringify(demo))
    expect(await findUsanceAccess(nothing, {}, path)).toEqual(demo)
    expect((await findUsanceAccess(nothing, { USANCE_API_KEY: 'env-key' }, path)).apiKey).toBe('env-key')
    const given = { mqttUrl: 'mqtt://a:1', apiUrl: undefined, apiKey: 'given-key' }
    expect(await findUsanceAccess(given, { USANCE_API_KEY: 'env-key' }, path)).toEqual({
      mqttUrl: 'mqtt://a:1',
      apiUrl: 'http://localhost:8081',
      apiKey: 'given-key',
    })
  })

  it('uses nothing of the demo with another address over HTTP', async () => {
    const path = join(folder, 'demo-access.json')
    await writeFile(path, JSON.stringify(demo))
    const elsewhere = await findUsanceAccess({ ...nothing, apiUrl: 'https://usance.example' }, {}, path)
    expect(elsewhere).toEqual({
      mqttUrl: 'mqtt://localhost:1883',
      apiUrl: 'https://usance.example',
      apiKey: undefined,
    })
  })

  it('falls back to the local defaults, and refuses a file it cannot read', async () => {
    const path = join(folder, 'demo-access.json')
    expect(await findUsanceAccess(nothing, {}, path)).toEqual({
      mqttUrl: 'mqtt://localhost:1883',
      apiUrl: 'http://localhost:8080',
      apiKey: undefined,
    })
    await writeFile(path, 'not json')
    await expect(findUsanceAccess(nothing, {}, path)).rejects.toMatchObject({ code: 'access_file_invalid' })
    expect(await readFile(path, 'utf8')).toBe('not json')
  })
})
