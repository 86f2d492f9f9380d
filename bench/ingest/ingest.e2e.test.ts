import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import type { IngestReport } from './ingest-report.ts'

async function runBench(...args: string[]) {
  const main = new URL('../main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { stdout, stderr, exitCode }
}

describe('npm run bench', () => {
  it('measures ingest and prints one JSON object in which everything acknowledged was accepted', async () => {
    const { stdout, stderr, exitCode } = await runBench('ingest', '--quick', '--connections', '10')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.any(String) })
    const { loads, accounting, machine, memory } = JSON.parse(stdout) as IngestReport
    expect(Object.keys(loads)).toEqual(['fullSegments', 'singleMessages'])
    for (const load of [loads.fullSegments, loads.singleMessages]) {
      expect(load?.servers.usance?.acknowledgedPerSecond?.median).toBeGreaterThan(0)
      expect(load?.servers.bareAedes?.pubackP99Ms?.median).toBeGreaterThan(0)
      expect(load?.ratios['usanceToBareAedes']?.median).toBeGreaterThan(0)
    }
    expect(accounting.acknowledged).toBeGreaterThan(0)
    expect(accounting).toMatchObject({
      accepted: accounting.acknowledged,
      duplicate: 0,
      held: 0,
      rejected: 0,
      unacknowledged: 0,
    })
    expect(machine.node).toBe(process.version)
    expect(memory.connections).toBe(300)
  })

  it('exits 2 and names the mistake when it is misused', async () => {
    const { stdout, stderr, exitCode } = await runBench('ingest', '--rounds', 'many')
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toContain('--rounds is a whole number from 1 to 20, not "many".')
  })

  it('exits 2 for a bench that does not exist', async () => {
    expect(await runBench('egress')).toMatchObject({ exitCode: 2, stdout: '' })
  })

  it('prints its help to standard output', async () => {
    const { stdout, exitCode } = await runBench('ingest', '--help')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('npm run bench -- ingest --quick')
  })
})
