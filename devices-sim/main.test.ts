import { describe, expect, it } from 'vitest'
import { getInstant } from '../core/index.ts'
import { runSimulatorCommand } from './main.ts'
import { collectOutput } from './testing/collected-output.ts'

const clock = { now: () => getInstant('2026-11-22T12:00:00Z') }

async function run(line: string, signal = new AbortController().signal) {
  const stdout = collectOutput()
  const stderr = collectOutput()
  const argv = line.split(' ').filter(Boolean)
  const exitCode = await runSimulatorCommand(argv, {
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal,
    env: {},
    clock,
  })
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() }
}

describe('usance sim', () => {
  it('exits 2 on misuse, with everything that is wrong on stderr', async () => {
    const outcome = await run('--speed fast --seed x')
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' })
    expect(outcome.stderr.split('\n')).toEqual([
      'Give --seed a whole number from 0; "x" is not.',
      'Give --speed a whole number from 1 to 100000; "fast" is not.',
      'usance sim --help shows what can be given.',
      '',
    ])
  })

  it('exits 0 and shows the help of the command that was asked for', async () => {
    expect((await run('--help')).stdout).toContain('usance sim [run] [options]')
    expect((await run('list-profiles -h')).stdout).toContain('usance sim list-profiles [options]')
    expect((await run('--help')).exitCode).toBe(0)
  })

  it('lists the profiles, for people and for machines', async () => {
    expect((await run('list-profiles')).stdout).toContain('run_s [s], energy_wh [Wh], air_l [l]')
    const listed = JSON.parse((await run('list-profiles --json')).stdout) as unknown[]
    expect(listed[0]).toEqual({
      profile: 'drill',
      description:
        'A cordless drill on a building site: short bursts in a working day, idle nights and weekends.',
      modelId: 'sim-drill',
      name: 'Simulated drill',
      registers: [
        { name: 'run_s', unit: 's', maxPerHour: '3600', maxGapMs: 7_200_000, gapRule: 'end' },
        { name: 'energy_wh', unit: 'Wh', maxPerHour: '1200', maxGapMs: 7_200_000, gapRule: 'end' },
      ],
    })
  })

  it('prints the same bytes for the same seed in a dry run', async () => {
    const line = '--dry-run --devices 3 --seed 7 --from 2026-11-02T00:00:00Z --duration 2d'
    const first = await run(line)
    expect(first.exitCode).toBe(0)
    expect((await run(line)).stdout).toBe(first.stdout)
    expect((await run(line.replace('--seed 7', '--seed 8'))).stdout).not.toBe(first.stdout)
    const lines = first.stdout.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(300)
    expect(JSON.parse(lines[0]!)).toMatchObject({
      deviceId: 'sim-drill-7-0001',
      reading: { v: 1, epoch: 1, seq: 1, at: '2026-11-02T00:00:00.000Z', clock: 'synced' },
    })
  })

  it('prints no reading of the future in a dry run', async () => {
    const { stdout } = await run('--dry-run --from 2026-11-22T06:00:00Z --duration 1d --speed 2')
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { reading: { at: string } }
    expect(getInstant(last.reading.at)).toBeLessThanOrEqual(clock.now())
  })

  it('exits 130 when interrupted', async () => {
    const outcome = await run('--dry-run --duration 1d', AbortSignal.abort())
    expect(outcome.exitCode).toBe(130)
  })
})
