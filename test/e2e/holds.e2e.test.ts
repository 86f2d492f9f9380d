/** A person looks at what is held and decides, on the command line, beside a real server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openCore, runUsance, setUpWorld, startUsanceProcess } from './usance-process.ts'

const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

describe('usance holds', () => {
  it('lists a held value with its neighbours, releases it, and keeps who decided and why', async () => {
    const data = mkdtempSync(path.join(tmpdir(), 'usance-holds-'))
    cleanUp.push(() => rmSync(data, { recursive: true }))
    const { devices, apiKey } = await setUpWorld(data)
    const device = devices[0]?.deviceId ?? ''
    const core = openCore(data)
    // 30 minutes can hold 1,800 s and no more.
    const begin = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000
    const at = (minute: number) => new Date(begin + minute * 60_000).toISOString()
    const readings = [
      [1, 0, 1_000],
      [2, 30, 6_000],
    ] as const
    await core.metering.ingest(
      readings.map(([seq, minute, runS]) => ({
        deviceId: device as never,
        topic: `devices/${device}/readings`,
        payload: Buffer.from(
          JSON.stringify({
            v: 1,
            epoch: 1,
            seq,
            at: at(minute),
            clock: 'synced',
            registers: { run_s: runS },
          }),
        ),
        receivedAt: Date.parse(at(minute)),
      })),
    )
    await core.close()
    const server = await startUsanceProcess(data, { mqtt: 0, http: 0 })
    cleanUp.push(() => server.stop('SIGTERM'))
    const access = ['--url', server.httpUrl, '--key', apiKey]
    const holds = (...argv: string[]) => runUsance(['holds', ...argv, ...access])

    const listed = await holds('--device', device)
    expect(listed.code).toBe(0)
    const [first = '', ...lines] = listed.stdout.trimEnd().split('\n')
    expect(first).toMatch(new RegExp(`^\\d+  ${device}  advance_implausible  epoch 1, seq 2, reading 2$`))
    expect(lines).toEqual([
      `    run_s rose from 1000 s at ${at(0)} to 6000 s at ${at(30)}; the model allows at most 3600 s an hour.`,
      `    run_s 6000 at ${at(30)}; accepted before: 1000 at ${at(0)}; after: nothing`,
    ])

    const about = ['--device', device, '--epoch', '1', '--seq', '2', '--register', 'run_s']
    const who = ['--by', 'Jo Berg', '--reason', 'seen on site']
    const unfounded = await holds('release', ...about)
    expect([unfounded.code, unfounded.stdout]).toEqual([1, ''])
    expect(unfounded.stderr).toContain('reason: Add "reason".')
    const released = await holds('release', ...about, ...who)
    expect(released.stderr).toBe('')
    expect(released.code).toBe(0)
    const decision = {
      deviceId: device,
      kind: 'release',
      epoch: 1,
      seq: 2,
      register: 'run_s',
      decidedBy: 'Jo Berg',
      reason: 'seen on site',
    }
    expect(JSON.parse(released.stdout)).toMatchObject(decision)

    const left = await holds('--device', device, '--json')
    expect(JSON.parse(left.stdout)).toEqual({ items: [], nextAfter: null })
    const read = async (address: string) => {
      const headers = { authorization: `Bearer ${apiKey}` }
      return (await fetch(`${server.httpUrl}/v1/devices/${device}${address}`, { headers })).json()
    }
    expect(await read('/decisions')).toMatchObject({ items: [decision], nextAfter: null })
    expect(await read(`/usage?register=run_s&from=${at(-1)}&to=${at(31)}`)).toMatchObject({
      quantity: '5000',
    })

    const { id } = JSON.parse(released.stdout) as { id: number }
    const withdrawal = ['withdraw', '--device', device, '--decision', String(id), ...who]
    const withdrawn = await holds(...withdrawal)
    expect([withdrawn.code, withdrawn.stderr]).toEqual([0, ''])
    expect(JSON.parse(withdrawn.stdout)).toMatchObject({
      kind: 'withdraw',
      decisionId: id,
      decidedBy: 'Jo Berg',
    })
    expect((await holds('--device', device)).stdout).toBe(listed.stdout)
    const again = await holds(...withdrawal)
    expect([again.code, again.stdout]).toEqual([1, ''])
    expect(again.stderr).toContain('decision_withdrawn')

    const recomputed = await runUsance(['recompute', '--data', data])
    expect([recomputed.code, recomputed.stderr]).toEqual([0, 'No difference in metering.sqlite.\n'])
  })

  it('says what is wrong with the command line or the server', async () => {
    const data = mkdtempSync(path.join(tmpdir(), 'usance-holds-'))
    cleanUp.push(() => rmSync(data, { recursive: true }))
    for (const [argv, code, sentence] of [
      [['forget'], 2, 'release, reject, replace, exchange, hand-over, withdraw'],
      [['release', '--key', 'k'], 2, '--device'],
      [['--epoch', '1', '--key', 'k'], 2, 'Leave out --epoch'],
      [['release', '--device', 'd', '--epoch', 'one', '--key', 'k'], 2, '--epoch as a whole number'],
      [['--data', data], 2, 'USANCE_API_KEY'],
      [['--key', 'k', '--url', 'http://127.0.0.1:9'], 1, 'server_unreachable'],
    ] as const) {
      const answer = await runUsance(['holds', ...argv])
      expect([answer.code, answer.stdout]).toEqual([code, ''])
      expect(answer.stderr).toContain(sentence)
    }
  })
})
