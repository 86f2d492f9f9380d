import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { databaseErrors } from '../../db/index.ts'
import { createApiHarness, OWN_KEY } from '../testing/api-harness.ts'
import { openDeviceHarness, type DeviceHarness } from '../testing/device-harness.ts'

let api: DeviceHarness
beforeAll(async () => {
  api = await openDeviceHarness()
})
afterAll(() => api.close())

type Line = Readonly<Record<string, unknown>>

async function send(contentType: string, payload: string, query = '') {
  return api.inject({
    method: 'POST',
    url: `/v1/devices/import${query}`,
    headers: { authorization: `Bearer ${OWN_KEY}`, 'content-type': contentType },
    payload,
  })
}

async function importList(contentType: string, payload: string, query = ''): Promise<Line[]> {
  const answer = await send(contentType, payload, query)
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson'])
  return linesOf(answer.payload)
}

function linesOf(payload: string): Line[] {
  return payload
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
}

const at = '2026-03-01T08:00:00Z'
const nothing = { secret: null, code: null, detail: null }
const none = { created: 0, unchanged: 0, valid: 0, refused: 0 }
const secret: unknown = expect.stringMatching(/^dsk_[0-9a-z]{52}$/)

describe('a list of devices', () => {
  it('as CSV gives each line its device and secret, and names the bad ones', async () => {
    const csv = [
      '\u{feff}id,modelId,commissionedAt,serial,site,tags,baseValues.run_s',
      `csv-1,drill,${at},S-1,"Linz, Halle 2",blue; rental,12`,
      '',
      `csv-2,drill,${at},,,,`,
      `csv-3,saw,${at},,,,`,
      `csv-4,drill,yesterday,,,,`,
      `csv-5,drill,${at},,,no spaces,`,
      `csv-6,drill,${at}`,
      `csv-7,drill,${at},"S"7,,,`,
      `csv-8,drill,${at},S-1,,,`,
      `csv-9,drill,2026-02-30T00:00:00Z,,,,`,
      `,drill,${at},,,,`,
      `csv-11,drill,${at},,,,1.5`,
      `csv-12,drill,${at},,,,\r`,
    ].join('\n')
    expect(await importList('text/csv; charset=utf-8', csv)).toEqual([
      { ...nothing, line: 2, outcome: 'created', id: 'csv-1', secret },
      { ...nothing, line: 4, outcome: 'created', id: 'csv-2', secret },
      {
        line: 5,
        outcome: 'refused',
        id: 'csv-3',
        secret: null,
        code: 'model_unknown',
        detail: 'Register the model "saw" first.',
      },
      { line: 6, ...refused('commissionedAt: Change this: it must match format "date-time".') },
      { line: 7, ...refused(expect.stringMatching(/^tags\/0: Change this: it must match pattern /)) },
      {
        line: 8,
        ...refused(
          'Write 7 cells, as the header has; this line has 3. A cell that holds the separator stands in quotes.',
        ),
      },
      { line: 9, ...refused('Close the quotes of each cell, and double those inside it.') },
      {
        line: 10,
        outcome: 'refused',
        id: 'csv-8',
        secret: null,
        code: 'device_exists',
        detail: 'Choose another serial number; that of "csv-8" belongs to another device.',
      },
      {
        line: 11,
        ...refused('commissionedAt: Change this: it must match format "date-time".'),
      },
      { line: 12, ...refused('id: Add "id".') },
      {
        line: 13,
        ...refused(
          'baseValues.run_s: Write a whole number in digits alone, without a comma, point, sign or space.',
        ),
      },
      { ...nothing, line: 14, outcome: 'created', id: 'csv-12', secret },
      { outcome: 'done', isDryRun: false, ...none, created: 3, refused: 9 },
    ])
    expect((await api.send('GET', '/v1/devices/csv-1')).json()).toMatchObject({
      serial: 'S-1',
      site: 'Linz, Halle 2',
      tags: ['blue', 'rental'],
      commissionedAt: '2026-03-01T08:00:00.000Z',
    })
  })

  it('as NDJSON can be sent again and changes nothing', async () => {
    const ndjson = [
      `{"id":"nd-1","modelId":"drill","commissionedAt":"${at}","baseValues":{"run_s":"7"},"tags":["a"]}`,
      `{"id":"nd-2","modelId":"drill","commissionedAt":"${at}"}`,
      '{"id":"nd-3"',
      '[]',
    ].join('\n')
    const bad = [
      { line: 3, ...refused('Write one JSON object per line.') },
      { line: 4, ...refused(expect.stringMatching(/^: Change this: it must be object/)) },
    ]
    expect(await importList('application/x-ndjson', ndjson)).toEqual([
      { ...nothing, line: 1, outcome: 'created', id: 'nd-1', secret },
      { ...nothing, line: 2, outcome: 'created', id: 'nd-2', secret },
      ...bad,
      { outcome: 'done', isDryRun: false, ...none, created: 2, refused: 2 },
    ])
    expect(await importList('application/x-ndjson', ndjson)).toEqual([
      { ...nothing, line: 1, outcome: 'unchanged', id: 'nd-1' },
      { ...nothing, line: 2, outcome: 'unchanged', id: 'nd-2' },
      ...bad,
      { outcome: 'done', isDryRun: false, ...none, unchanged: 2, refused: 2 },
    ])
  })

  it('of 1,000 devices registers all of them, with secrets that work', async () => {
    const lines = Array.from({ length: 1_000 }, (_, n) => `bulk-${n},drill,${at}`)
    const answers = await importList('text/csv', `id,modelId,commissionedAt\n${lines.join('\n')}`)
    expect(answers.at(-1)).toEqual({ outcome: 'done', isDryRun: false, ...none, created: 1_000 })
    const password = Buffer.from(String(answers[512]?.['secret']))
    const credential = { kind: 'secret', secret: password } as const
    expect(await api.metering.authenticateDevice('bulk-512', credential)).toBe(true)
    expect(await api.metering.authenticateDevice('bulk-513', credential)).toBe(false)
  })

  it('in a dry run is judged across all its lines and writes nothing', async () => {
    const device = (id: string, rest = '') =>
      `{"id":"${id}","modelId":"drill","commissionedAt":"${at}"${rest}}`
    const filling = (from: number) => Array.from({ length: 99 }, (_, n) => device(`dry-${from + n}`))
    const lines = [
      device('dry-a', ',"serial":"D-1"'),
      ...filling(0),
      device('dry-a'),
      device('dry-b', ',"serial":"D-1"'),
      ...filling(100).slice(1),
      device('dry-a', ',"serial":"D-1"'),
    ]
    const answers = await importList('application/x-ndjson', lines.join('\n'), '?dryRun=true')
    const refusal = { outcome: 'refused', secret: null, code: 'device_exists' }
    expect([answers[0], ...answers.slice(100, 102), ...answers.slice(200)]).toEqual([
      { ...nothing, line: 1, outcome: 'valid', id: 'dry-a' },
      {
        ...refusal,
        line: 101,
        id: 'dry-a',
        detail: '"dry-a" is registered with another serial number; change that device, or choose another id.',
      },
      {
        ...refusal,
        line: 102,
        id: 'dry-b',
        detail: 'Choose another serial number; that of "dry-b" belongs to another device.',
      },
      { ...nothing, line: 201, outcome: 'unchanged', id: 'dry-a' },
      { outcome: 'done', isDryRun: true, ...none, valid: 198, unchanged: 1, refused: 2 },
    ])
    expect(answers.every((line) => line['secret'] === null || line['secret'] === undefined)).toBe(true)
    expect((await api.send('GET', '/v1/devices/dry-a')).statusCode).toBe(404)
  })

  it.each([
    ['no header', '', 'import_header_invalid', 422],
    ['an unknown column', `id,modelId,commissionedAt,price\nx,drill,${at},1`, 'import_header_invalid', 422],
    ['no device id', `modelId,commissionedAt\ndrill,${at}`, 'import_header_invalid', 422],
    ['a column twice', `id,id,modelId,commissionedAt\nx,y,drill,${at}`, 'import_header_invalid', 422],
    ['more than 8 MiB', 'x'.repeat(8_388_609), 'body_too_large', 413],
  ])('with %s is refused whole', async (_what, payload, code, status) => {
    const answer = await send('text/csv', payload)
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
  })

  it('without a line is done with nothing', async () => {
    const done = { outcome: 'done', isDryRun: false, ...none }
    expect(await importList('application/x-ndjson', '\n\n')).toEqual([done])
    expect(await importList('text/csv', 'id,modelId,commissionedAt\n')).toEqual([done])
  })

  it('in another media type is refused', async () => {
    const answer = await send('application/json', '{}')
    expect([answer.statusCode, answer.json().code]).toEqual([415, 'media_type_unsupported'])
  })

  it('that the store stops taking ends with a line that says where', async () => {
    let calls = 0
    const { request } = await createApiHarness({
      changes: {
        registerDevices: async (inputs) => {
          calls += 1
          if (calls === 2) throw databaseErrors.store_unavailable('Free space on the disk.')
          return inputs.map(() => ({ outcome: 'valid' }))
        },
      },
    })
    const lines = Array.from({ length: 101 }, (_, n) => `d-${n},drill,${at}`)
    const answer = await request({
      method: 'POST',
      url: '/v1/devices/import',
      key: OWN_KEY,
      headers: { 'content-type': 'text/csv' },
      payload: `id,modelId,commissionedAt\n${lines.join('\n')}`,
    })
    expect(linesOf(answer.payload).slice(99)).toEqual([
      { ...nothing, line: 101, outcome: 'valid', id: 'd-99' },
      { outcome: 'stopped', line: 102, code: 'store_unavailable', detail: 'Free space on the disk.' },
    ])
  })
})

function refused(detail: unknown): Line {
  return { outcome: 'refused', id: null, secret: null, code: 'request_invalid', detail }
}
