/** A manufacturer registers a fleet from a file, on the command line, beside a real server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openCore, runUsance, setUpWorld, startUsanceProcess } from './usance-process.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

describe('usance import --devices', () => {
  it('registers the good lines with their secrets, names the bad one, and changes nothing the second time', async () => {
    const data = mkdtempSync(path.join(tmpdir(), 'usance-import-'))
    cleanUp.push(() => rmSync(data, { recursive: true }))
    const { devices, apiKey, manufacturerId } = await setUpWorld(data)
    const core = openCore(data)
    const known = await core.metering.findDevice(manufacturerId, devices[0]?.deviceId ?? '')
    await core.close()
    const server = await startUsanceProcess(data, { mqtt: 0, http: 0 })
    cleanUp.push(() => server.stop('SIGTERM'))
    const file = path.join(data, 'fleet.csv')
    const rows = ['fleet-1', 'fleet-2', 'not an id'].map(
      (id) => `${id},${known?.modelId},2026-10-01T00:00:00Z`,
    )
    writeFileSync(file, `id,modelId,commissionedAt\n${rows.join('\n')}\n`)
    const run = async (...flags: string[]) => {
      const { code, stdout } = await runUsance(
        ['import', '--devices', file, ...flags].concat('--url', server.httpUrl, '--key', apiKey),
      )
      const lines = stdout.trimEnd().split('\n')
      return { code, answers: lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
    }

    const checked = await run('--dry-run')
    expect(checked.answers.at(-1)).toMatchObject({ outcome: 'done', isDryRun: true, valid: 2, refused: 1 })
    const { code, answers } = await run()
    expect(code).toBe(1) // a line was refused
    expect(answers.map(({ line, outcome }) => [line, outcome])).toEqual([
      [2, 'created'],
      [3, 'created'],
      [4, 'refused'],
      [undefined, 'done'],
    ])
    expect(answers[0]?.['secret']).toMatch(/^dsk_[0-9a-z]{52}$/)
    const again = await run()
    expect(again.answers.at(-1)).toMatchObject({ created: 0, unchanged: 2, refused: 1 })
  })
})
