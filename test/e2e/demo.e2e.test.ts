import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { runUsance, setUpWorld, startUsanceProcess } from './usance-process.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'usance-demo-'))
  cleanUp.push(() => rmSync(folder, { recursive: true }))
  return folder
}

describe('usance demo --once', () => {
  it('bills last month to paid invoices, and running it again changes none of them', async () => {
    const data = temporaryFolder()
    const flags = ['demo', '--once', '--data', data, '--mqtt-port', '0', '--http-port', '0']
    const first = await runUsance(flags)
    expect(first.stderr).toBe('')
    expect(first.code).toBe(0)
    expect(first.stdout).toContain('Every invoice is paid and every second adds up.')
    const invoices = (output: string) => output.match(/^NORD-\d+ .*$|^Total .*$/gm)
    expect(invoices(first.stdout)).toHaveLength(6)

    const second = await runUsance(flags)
    expect(second.code).toBe(0)
    expect(invoices(second.stdout)).toEqual(invoices(first.stdout))

    const recomputed = await runUsance(['recompute', '--data', data])
    expect(recomputed.stderr).toBe('No difference in metering.sqlite.\n')
    expect(recomputed.code).toBe(0)
    const { readings, ...report } = JSON.parse(recomputed.stdout) as { readings: number }
    expect(report).toEqual({ devices: 12, beingJudged: [], differenceCount: 0, differences: [] })
    expect(readings).toBeGreaterThan(10_000)

    const database = new DatabaseSync(path.join(data, 'metering.sqlite'))
    database.exec(`UPDATE outcome_counts SET readings = readings + 1 WHERE outcome = 'received'`)
    database.close()
    const changed = await runUsance(['recompute', '--data', data])
    expect(changed.code).toBe(1)
    expect(JSON.parse(changed.stdout)).toMatchObject({
      differenceCount: 1,
      differences: [{ what: 'outcome_counts', sentence: expect.stringContaining('received readings') }],
    })
  })

  it('says in a sentence that a port is taken', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    cleanUp.push(() => blocker.close())
    const { port } = blocker.address() as { port: number }
    for (const [mqtt, http] of [
      [port, 0],
      [0, port],
    ]) {
      const flags = ['--data', temporaryFolder(), '--mqtt-port', String(mqtt), '--http-port', String(http)]
      const { code, stderr } = await runUsance(['demo', '--once', ...flags])
      expect(code).toBe(1)
      expect(stderr).toContain(String(port))
      expect(stderr).toContain('port_in_use')
      expect(stderr).not.toMatch(/\n\s+at /)
    }
  })

  it('refuses a folder whose data no demo made', async () => {
    const data = temporaryFolder()
    await setUpWorld(data)
    const { code, stderr } = await runUsance(['demo', '--once', '--data', data])
    expect(code).toBe(1)
    expect(stderr).toContain('demo_data_foreign')
  })
})

describe('usance serve', () => {
  it('refuses to start on databases that were not migrated', async () => {
    const { code, stderr } = await runUsance(['serve', '--data', temporaryFolder()])
    expect(code).toBe(1)
    expect(stderr).toContain('usance migrate')
    expect(stderr).toContain('schema_behind')
  })

  it('ends with 0 after SIGTERM', async () => {
    const data = temporaryFolder()
    await setUpWorld(data)
    const server = await startUsanceProcess(data, { mqtt: 0, http: 0 })
    expect(await (await fetch(`${server.httpUrl}/health/ready`)).json()).toMatchObject({
      checks: { metering: 'ok' },
    })
    expect(await server.stop('SIGTERM')).toBe(0)
  })

  it('reports every mistake of the configuration at once and exits with 2', async () => {
    const { code, stderr } = await runUsance(['serve', '--http-port', '99999'], { USANCE_LOG_LEVEL: 'loud' })
    expect(code).toBe(2)
    expect(stderr).toContain('USANCE_HTTP_PORT')
    expect(stderr).toContain('USANCE_LOG_LEVEL')
  })
})

describe('usance', () => {
  it.each([
    [['--help']],
    [['demo', '--help']],
    [['rate', '--help']],
    [['holds', '--help']],
    [['recompute', '--help']],
    [['sim', '--help']],
  ])('prints help that begins with examples for %j', async (argv) => {
    const { code, stdout } = await runUsance(argv)
    expect(code).toBe(0)
    expect(stdout.startsWith('Examples:\n')).toBe(true)
  })

  it('exits with 2 for a command that does not exist', async () => {
    const { code, stderr } = await runUsance(['bil'])
    expect(code).toBe(2)
    expect(stderr).toContain('"bil"')
  })
})
