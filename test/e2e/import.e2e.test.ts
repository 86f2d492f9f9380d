/** A manufacturer brings a fleet, its customers and contracts from files, on the command line, beside a real server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCore, runUsance, setUpWorld, startUsanceProcess, type UsanceProcess } from './usance-process.ts'

type Answer = Readonly<Record<string, unknown>>

const cleanUp: (() => unknown)[] = []
let data: string
let server: UsanceProcess
let apiKey: string
let modelId: string

beforeAll(async () => {
  data = mkdtempSync(path.join(tmpdir(), 'usance-import-'))
  cleanUp.push(() => rmSync(data, { recursive: true }))
  const world = await setUpWorld(data)
  const core = openCore(data)
  const known = await core.metering.findDevice(world.manufacturerId, world.devices[0]?.deviceId ?? '')
  await core.close()
  apiKey = world.apiKey
  modelId = known?.modelId ?? ''
  server = await startUsanceProcess(data, { mqtt: 0, http: 0 })
  cleanUp.push(() => server.stop('SIGTERM'))
})
afterAll(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

function write(name: string, content: string | Buffer): string {
  const file = path.join(data, name)
  writeFileSync(file, content)
  return file
}

async function importFiles(...flags: string[]) {
  const access = ['--url', server.httpUrl, '--key', apiKey]
  const { code, stdout, stderr } = await runUsance(['import', ...flags, ...access])
  const lines = stdout.split('\n').filter((line) => line !== '')
  return { code, stderr, answers: lines.map((line) => JSON.parse(line) as Answer) }
}

describe('usance import --devices', () => {
  it('registers the good lines with their secrets, names the bad one, and changes nothing the second time', async () => {
    const rows = ['fleet-1', 'fleet-2', 'not an id'].map((id) => `${id},${modelId},2026-10-01T00:00:00Z`)
    const file = write('fleet.csv', `id,modelId,commissionedAt\n${rows.join('\n')}\n`)

    const checked = await importFiles('--devices', file, '--dry-run')
    expect(checked.answers.at(-1)).toMatchObject({ outcome: 'done', isDryRun: true, valid: 2, refused: 1 })
    const { code, answers } = await importFiles('--devices', file)
    expect(code).toBe(1) // a line was refused
    expect(answers.map(({ line, outcome }) => [line, outcome])).toEqual([
      [2, 'created'],
      [3, 'created'],
      [4, 'refused'],
      [undefined, 'done'],
    ])
    expect(answers[0]?.['secret']).toMatch(/^dsk_[0-9a-z]{52}$/)
    const again = await importFiles('--devices', file)
    expect(again.answers.at(-1)).toMatchObject({ created: 0, unchanged: 2, refused: 1 })
  })

  it('sends a file that is longer than a request may be, and numbers its lines throughout', async () => {
    // Two long names that no device may have, for each byte of which nothing is stored: some 10 MB.
    const filling = `${'-'.repeat(60_000)},x,y\n`.repeat(170)
    const rows = (id: string) => `${id},${modelId},2026-10-01T00:00:00Z\n`
    const text = `id,modelId,commissionedAt\n${rows('long-1')}${filling}${rows('long-2')}`
    const { code, answers, stderr } = await importFiles('--devices', write('long.csv', text))
    expect(code).toBe(1)
    expect(answers.map(({ line }) => line)).toEqual([
      ...Array.from({ length: 172 }, (_, n) => n + 2),
      undefined,
    ])
    expect([answers[0], answers[171], answers[172]]).toMatchObject([
      { line: 2, outcome: 'created', id: 'long-1' },
      { line: 173, outcome: 'created', id: 'long-2' },
      { list: 'devices', outcome: 'done', created: 2, refused: 170 },
    ])
    expect(stderr).toContain('long.csv): 2 created, 0 unchanged, 170 refused\n')
  })
})

describe('usance import of several files', () => {
  it('takes them in the order in which one needs the other, and changes nothing the second time', async () => {
    const headers = { authorization: `Bearer ${apiKey}` }
    const answer = await fetch(new URL('/v1/tariffs', server.httpUrl), { headers })
    const { items } = (await answer.json()) as { items: { id: string }[] }
    const customers = 'reference;name;email\r\nK-1;Größe & Söhne;k1@x.example\r\n'
    const utf16 = Buffer.concat([Buffer.from('fffe', 'hex'), Buffer.from(customers, 'utf16le')])
    const contract =
      'reference\tcustomerReference\ttariffId\ttimeZone\tanchorOn\tcadence.unit\tcadence.count\tstartsAt\n' +
      `C-1\tK-1\t${items[0]?.id}\tUTC\t2026-10-01\tmonth\t1\t2026-10-01T00:00:00Z\n`
    const flags = [
      '--assignments',
      write('a.ndjson', '{"contractReference":"C-1","deviceId":"rig-1","from":"2026-10-02T00:00:00Z"}'),
      '--contracts',
      write('contracts.tsv', contract),
      '--devices',
      write('rigs.csv', `id,modelId,commissionedAt\nrig-1,${modelId},2026-10-01T00:00:00Z`),
      '--customers',
      write('customers.txt', utf16),
    ]
    const inOrder = ['customers', 'devices', 'contracts', 'assignments']

    const checked = await importFiles(...flags, '--dry-run')
    expect(
      checked.answers.filter(({ outcome }) => outcome !== 'done').map(({ outcome, code }) => code ?? outcome),
    ).toEqual(['valid', 'valid', 'customer_not_found', 'contract_not_found'])
    expect(checked.stderr).toContain('import that file first, then check this one')

    const first = await importFiles(...flags)
    expect(first.answers.map(({ list, outcome }) => [list, outcome])).toEqual(
      inOrder.flatMap((list) => [
        [list, 'created'],
        [list, 'done'],
      ]),
    )
    expect(first.code).toBe(0)
    const search = await fetch(new URL('/v1/customers?text=K-1', server.httpUrl), { headers })
    expect(await search.json()).toMatchObject({ items: [{ reference: 'K-1', name: 'Größe & Söhne' }] })
    const second = await importFiles(...flags)
    expect([second.code, second.answers.map(({ outcome }) => outcome)]).toEqual([
      0,
      inOrder.flatMap(() => ['unchanged', 'done']),
    ])
  })

  it('sends nothing when one of them cannot be read', async () => {
    const file = write('k-2.csv', 'reference,name,email\nK-2,A,a@x.example')
    const { code, stderr, answers } = await importFiles(
      '--customers',
      file,
      '--contracts',
      path.join(data, 'none.csv'),
    )
    expect([code, answers]).toEqual([1, []])
    expect(stderr).toContain('input_file_unreadable')
  })

  it('says from where on nothing is taken when a list is refused whole', async () => {
    const file = write('bad.csv', 'reference,price\nK-2,1')
    const { code, stderr, answers } = await importFiles('--customers', file)
    expect([code, answers]).toMatchObject([
      1,
      [{ list: 'customers', outcome: 'stopped', line: 2, code: 'request_refused' }],
    ])
    expect(stderr).toContain('import_header_invalid')
  })
})
