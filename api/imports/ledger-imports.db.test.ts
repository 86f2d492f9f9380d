/** Lists of customers, contracts and assignments against a real ledger and a real metering. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { importList, outcomesOf, postList } from '../testing/import-calls.ts'
import { openWorld, type World } from '../testing/world-harness.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const none = { created: 0, unchanged: 0, valid: 0, refused: 0 }
const nothing = { id: null, secret: null, code: null, detail: null }

describe('a list of customers', () => {
  const header =
    'reference;name;email;legalName;taxId;purchaseOrderNumber;language;currency;billingEmails;address.lines;address.postalCode;address.city;address.country;taxTreatment.status;taxTreatment.reason;taxPlace;collectionMethod'
  const rows = [
    'K-1;Hochbau Spree;office@spree.example;Hochbau Spree GmbH;DE123;PO-1;de;EUR;"a@spree.example; b@spree.example";"Am Kai 1; Hof 2";10115;Berlin;DE;exempt;NATO, Art. 67 § 3;;send_invoice',
    'K-2;=1+1;k2@spree.example;;;;;;;;;;;;;ES-CN;',
  ]

  it('adds whole billing accounts, each with its entry in the audit trail, and shows them', async () => {
    await world.newChanges()
    const answers = await importList(world, 'customers', [header, ...rows].join('\r\n'))
    const id: unknown = expect.stringMatching(/^cust_/)
    expect(answers).toEqual([
      { ...nothing, line: 2, outcome: 'created', id },
      { ...nothing, line: 3, outcome: 'created', id },
      { outcome: 'done', isDryRun: false, ...none, created: 2 },
    ])
    expect(await world.newChanges()).toEqual(Array(2).fill('customer.created by manufacturer_admin'))
    expect((await world.send('GET', `/v1/customers/${String(answers[0]?.['id'])}`)).json()).toEqual({
      id: answers[0]?.['id'],
      reference: 'K-1',
      name: 'Hochbau Spree',
      email: 'office@spree.example',
      legalName: 'Hochbau Spree GmbH',
      taxId: 'DE123',
      purchaseOrderNumber: 'PO-1',
      language: 'de',
      currency: 'EUR',
      billingEmails: ['a@spree.example', 'b@spree.example'],
      address: { lines: ['Am Kai 1', 'Hof 2'], postalCode: '10115', city: 'Berlin', country: 'DE' },
      taxTreatment: { status: 'exempt', reason: 'NATO, Art. 67 § 3' },
      taxPlace: null,
      collectionMethod: 'send_invoice',
      createdAt: '2026-11-22T12:00:00.000Z',
    })
  })

  it('keeps what looks like a formula as the text that it is', async () => {
    const { items } = (await world.send('GET', '/v1/customers?text=K-2')).json<{ items: unknown[] }>()
    expect(items).toMatchObject([{ reference: 'K-2', name: '=1+1', language: 'en', address: null }])
  })

  it('sent again makes nobody a second time and leaves no entry', async () => {
    await world.newChanges()
    const list = [header, ...rows].join('\n')
    const first = await importList(world, 'customers', list)
    expect(first.at(-1)).toEqual({ outcome: 'done', isDryRun: false, ...none, unchanged: 2 })
    expect(first[0]?.['id']).toEqual(expect.stringMatching(/^cust_/))
    expect(await outcomesOf(world, 'customers', list, { isDryRun: true })).toEqual(['unchanged', 'unchanged'])
    expect(await world.newChanges()).toEqual([])
  })

  it('refuses what is known with other content and names what differs', async () => {
    const lines = [
      'reference,name,email,taxId,purchaseOrderNumber',
      'K-2,=1+1,other@spree.example,,',
      'K-2,=1+1,k2@spree.example,DE9,',
      'K-2,=1+1,k2@spree.example,,PO-9',
    ]
    const refusal = (member: string) =>
      `customer_exists: "K-2" exists with another ${member}; change that customer, or choose another reference.`
    expect(await outcomesOf(world, 'customers', lines.join('\n'))).toEqual([
      refusal('e-mail address'),
      refusal('tax id'),
      refusal('purchase order number'),
    ])
  })

  it('names what is wrong with a line, and takes the others', async () => {
    const lines = [
      'reference\tname\temail\tlanguage\tcurrency\tbillingEmails\taddress.city',
      'B-1\tA\ta@x.example\tfr\t\t\t',
      'B-2\tA\tno address\t\t\t\t',
      'B-3\tA\ta@x.example\t\tXXX\t\t',
      'B-4\tA\ta@x.example\t\t\ta@x.example;b\t',
      'B-5\tA\ta@x.example\t\t\t\tBerlin',
      '\tA\ta@x.example\t\t\t\t',
      'B-7\tA\ta@x.example',
      'B-8\tA\ta@x.example\t\t\t\t',
    ]
    expect(await outcomesOf(world, 'customers', lines.join('\n'))).toEqual([
      'request_invalid: language: Use one of en, de.',
      expect.stringMatching(/^billing_input_invalid: Correct \/email: Write an address such as/),
      expect.stringMatching(/^currency_unsupported: /),
      expect.stringMatching(/^request_invalid: billingEmails\/1: Change this: /),
      'request_invalid: address/lines: Add "lines".',
      'request_invalid: reference: Add "reference".',
      'request_invalid: Write 7 cells, as the header has; this line has 3. A cell that holds the separator stands in quotes.',
      'created',
    ])
  })

  it('belongs to its manufacturer alone: another one may use the same references (I12)', async () => {
    const list = [header, ...rows].join('\n')
    expect(await outcomesOf(world, 'customers', list, { key: 'foreign' })).toEqual(['created', 'created'])
  })

  it.each([
    ['auditor', 403],
    ['crew', 403],
    ['installation', 403],
  ] as const)('is refused from the %s', async (key, status) => {
    expect((await postList(world, 'customers', header, { key })).statusCode).toBe(status)
  })
})

describe('a reference', () => {
  it('is taken once, whether by POST, PATCH or a list', async () => {
    const body = { name: 'Ref', email: 'ref@x.example', reference: 'R-1' }
    const made = await world.send('POST', '/v1/customers', { payload: body })
    expect([made.statusCode, made.json().reference]).toEqual([201, 'R-1'])
    const again = await world.send('POST', '/v1/customers', { payload: body })
    expect([again.statusCode, again.json().code]).toEqual([409, 'customer_exists'])
    const { id } = (
      await world.send('POST', '/v1/customers', { payload: { ...body, reference: null } })
    ).json()
    const patch = async (reference: string | null) => {
      const etag = String((await world.send('GET', `/v1/customers/${id}`)).headers.etag)
      const options = { payload: { reference }, headers: { 'if-match': etag } }
      const answer = await world.send('PATCH', `/v1/customers/${id}`, options)
      const { code, reference: given } = answer.json<{ code?: string; reference?: string | null }>()
      return code ?? given
    }
    expect([await patch('R-1'), await patch('R-2'), await patch('R-2'), await patch(null)]).toEqual([
      'customer_exists',
      'R-2',
      'R-2',
      null,
    ])
    const list = 'reference,name,email\nR-1,Ref,ref@x.example\nR-2,Ref,ref@x.example'
    expect(await outcomesOf(world, 'customers', list)).toEqual(['unchanged', 'created'])
  })
})

describe('a list of contracts', () => {
  const header =
    'reference,customerReference,customerId,tariffId,timeZone,anchorOn,cadence.unit,cadence.count,startsAt,endsAt'
  const line = (reference: string, customer: string, rest = '2026-11-01,month,1,2026-10-31T23:00:00Z,') =>
    `${reference},${customer},${world.ids.tariff},Europe/Berlin,${rest}`

  it('names customers by reference or id, and is unchanged when it comes again', async () => {
    const list = [
      header,
      line('C-1', 'K-1,'),
      line('C-2', `,${world.ids.crew}`, '2026-11-01,quarter,2,2026-10-31T23:00:00Z,2027-10-31T23:00:00Z'),
    ].join('\n')
    expect(await outcomesOf(world, 'contracts', list, { isDryRun: true })).toEqual(['valid', 'valid'])
    const answers = await importList(world, 'contracts', list)
    expect(answers.map(({ outcome }) => outcome)).toEqual(['created', 'created', 'done'])
    expect((await world.send('GET', `/v1/contracts/${String(answers[1]?.['id'])}`)).json()).toMatchObject({
      reference: 'C-2',
      customerId: world.ids.crew,
      tariffId: world.ids.tariff,
      timeZone: 'Europe/Berlin',
      anchorOn: '2026-11-01',
      cadence: { unit: 'month', count: 6 },
      startsAt: '2026-10-31T23:00:00.000Z',
      endsAt: '2027-10-31T23:00:00.000Z',
    })
    expect(await importList(world, 'contracts', list)).toMatchObject([
      { outcome: 'unchanged', id: answers[0]?.['id'] },
      { outcome: 'unchanged', id: answers[1]?.['id'] },
      { outcome: 'done' },
    ])
  })

  it('names what is wrong with each line', async () => {
    const list = [
      header,
      line('C-1', 'K-2,'),
      line('C-1', 'K-1,', '2026-11-01,month,2,2026-10-31T23:00:00Z,'),
      line('D-1', 'K-404,'),
      line('D-2', ','),
      line('D-3', `K-1,${world.ids.crew}`),
      line('D-4', 'K-1,', '2026-11-01,month,"1,5",2026-10-31T23:00:00Z,'),
      line('D-5', 'K-1,', '2026-02-30,month,1,2026-10-31T23:00:00Z,'),
      line('D-6', 'K-1,', '2026-11-01,month,1,2026-10-31T23:00:00Z,2026-10-01T00:00:00Z'),
      line('D-7', 'K-1,').replace(world.ids.tariff, 'tar_404'),
      line('D-8', 'K-1,').replace('Europe/Berlin', 'Europe/Nowhere'),
    ]
    const exists = (member: string) =>
      `contract_exists: "C-1" exists with another ${member}; leave it as it is, or choose another reference.`
    expect(await outcomesOf(world, 'contracts', list.join('\n'))).toEqual([
      exists('customer'),
      exists('cadence'),
      'customer_not_found: Use the id of one of your own customers.',
      'request_invalid: customerReference: Name the customer by "customerReference" or by "customerId", and not by both.',
      'request_invalid: customerReference: Name the customer by "customerReference" or by "customerId", and not by both.',
      'request_invalid: cadence.count: Write a whole number in digits alone, without a comma, point, sign or space.',
      expect.stringMatching(/^request_invalid: anchorOn: /),
      expect.stringMatching(/^billing_input_invalid: Correct \/endsAt: /),
      'tariff_not_found: Use the id of one of your own tariffs.',
      expect.stringMatching(/^time_zone_unknown: /),
    ])
  })

  it("does not find another manufacturer's customers or tariffs (I12)", async () => {
    const list = [header, line('F-1', `,${world.ids.crew}`), line('F-2', 'K-1,')].join('\n')
    expect(await outcomesOf(world, 'contracts', list, { key: 'foreign' })).toEqual([
      expect.stringMatching(/^customer_not_found: /),
      expect.stringMatching(/^tariff_not_found: /),
    ])
  })
})

describe('a list of assignments', () => {
  it('gives devices to contracts, refuses what overlaps, and is unchanged when it comes again', async () => {
    const device = (id: string) => `{"id":"${id}","modelId":"drill","commissionedAt":"2026-11-01T00:00:00Z"}`
    const devices = [device('as-1'), device('as-2')].join('\n')
    expect(await outcomesOf(world, 'devices', devices, { type: 'application/x-ndjson' })).toEqual([
      'created',
      'created',
    ])
    await world.newChanges()
    const list = [
      'contractReference,contractId,deviceId,from,to',
      'C-1,,as-1,2026-11-01T00:00:00Z,2026-11-10T00:00:00Z',
      'C-2,,as-1,2026-11-10T00:00:00Z,2026-11-20T00:00:00Z',
      `,${world.ids.crewContract},as-2,2026-11-01T00:00:00Z,`,
      'C-1,,as-1,2026-11-05T00:00:00Z,2026-11-12T00:00:00Z',
      'C-1,,as-1,2026-11-01T00:00:00Z,2026-11-09T00:00:00Z',
      'C-1,,as-404,2026-11-01T00:00:00Z,',
      'C-404,,as-1,2026-12-01T00:00:00Z,',
      'C-1,,as-1,2025-11-01T00:00:00Z,2025-12-01T00:00:00Z',
      'C-1,,as-1,2026-12-01T00:00:00Z,2026-11-30T00:00:00Z',
      'C-1,,drill-1,2026-11-25T00:00:00Z,',
    ].join('\n')
    const refusals = [
      'assignment_overlaps: End the assignment that holds the device in that span, or choose another span.',
      'assignment_overlaps: Leave the line as it was: the device is assigned to this contract from then on, with another end.',
      'device_not_found: Register the device first; "as-404" is not one of yours.',
      'contract_not_found: Use the reference or id of one of your own contracts.',
      expect.stringMatching(/^assignment_outside_contract: /),
      expect.stringMatching(/^billing_input_invalid: Correct \/to: /),
      expect.stringMatching(/^assignment_overlaps: /),
    ]
    const dry = await outcomesOf(world, 'assignments', list, { isDryRun: true })
    expect(dry).toEqual(['valid', 'valid', 'valid', ...refusals])
    expect(await world.newChanges()).toEqual([])
    expect(await outcomesOf(world, 'assignments', list)).toEqual([
      'created',
      'created',
      'created',
      ...refusals,
    ])
    expect(await world.newChanges()).toEqual(Array(3).fill('assignment.created by manufacturer_admin'))
    expect(await outcomesOf(world, 'assignments', list)).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
      ...refusals,
    ])
    const { items } = (await world.send('GET', '/v1/assignments?deviceId=as-1')).json<{ items: object[] }>()
    expect(items).toMatchObject([
      { deviceId: 'as-1', from: '2026-11-01T00:00:00.000Z', to: '2026-11-10T00:00:00.000Z' },
      { deviceId: 'as-1', from: '2026-11-10T00:00:00.000Z', to: '2026-11-20T00:00:00.000Z' },
    ])
  })

  it('refuses a span that is invoiced already', async () => {
    const list = `contractId,deviceId,from\n${world.ids.siteContract},as-2,2026-10-01T00:00:00Z`
    expect(await outcomesOf(world, 'assignments', list)).toEqual([
      expect.stringMatching(/^period_already_issued: /),
    ])
  })
})
