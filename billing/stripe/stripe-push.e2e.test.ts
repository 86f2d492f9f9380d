import type { Kysely, KyselyPlugin } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { Fault } from '../../stripe-sandbox/index.ts'
import { aManufacturer, manufacturerId } from './testing/ledger-fixture.ts'
import { apiKey, aStripeWorld, type StripeWorld } from './testing/stripe-world.ts'

let world: StripeWorld

beforeEach(async () => {
  world = await aStripeWorld()
})
afterEach(() => world.close())

const aPusher = (ledger?: Kysely<LedgerTables>) => world.connect(ledger).pusher
const twoLines = { amountsMinor: [490n, 1_203n], totalMinor: 1_693n }

/** I10 for one invoice: one document, finalized, our total, the id that we adopted. */
async function expectExactlyOneDocument(invoiceId: InvoiceId, totalMinor: number): Promise<void> {
  const documents = world.documentsOf(invoiceId)
  expect(documents.map(({ total }) => total)).toEqual([totalMinor])
  expect(documents[0]?.status).toMatch(/^(?:open|paid)$/)
  const adopted = await world.test.ledger
    .selectFrom('stripe_invoices')
    .select('stripe_invoice_id')
    .where('invoice_id', '=', invoiceId)
    .execute()
  expect(adopted).toEqual([{ stripe_invoice_id: documents[0]?.id }])
  const finalizations = world.sandbox
    .inspect()
    .mutations.filter(({ path }) => path === `/v1/invoices/${documents[0]?.id}/finalize`)
  expect(finalizations).toHaveLength(1)
}

describe('a pushed invoice', () => {
  it('has our number, currency, lines and metadata, and is finalized', async () => {
    const invoiceId = await world.issue({ id: 'inv_1', ...twoLines })
    expect(await aPusher().pushWaiting()).toEqual({
      finalized: [invoiceId],
      parked: [],
      waiting: 0,
      nextAttemptAt: undefined,
    })
    await expectExactlyOneDocument(invoiceId, 1693)
    const [document] = world.documentsOf(invoiceId)
    expect(document).toMatchObject({ number: 'NR-inv_1', currency: 'eur', auto_advance: true })
    expect(document?.lines.data.map(({ amount, description }) => [amount, description])).toEqual([
      [490, 'Run time'],
      [1203, 'Run time'],
    ])
    expect(world.sandbox.inspect().customers.map(({ metadata }) => metadata)).toEqual([
      { customer_id: 'cust_inv_1' },
    ])
    expect(world.sandbox.inspect().mutations.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      'usance:man_acme:cust_inv_1:create_customer:1',
      'usance:man_acme:inv_1:create_invoice:1',
      'usance:man_acme:inv_1:add_lines:1',
      'usance:man_acme:inv_1:finalize_invoice:1',
    ])
  })

  it.each([
    ['a zero total', 'EUR', [500n, -500n], 0n, 0],
    ['no lines at all', 'EUR', [], 0n, 0],
    ['a currency without decimals', 'JPY', [1_000n], 1_000n, 1000],
    ['a currency with three decimals', 'KWD', [1_230n, 10n], 1_240n, 1240],
    ['250 lines', 'USD', Array.from({ length: 250 }, () => 3n), 750n, 750],
    ['600 lines of one position', 'USD', Array.from({ length: 600 }, () => 3n), 1_800n, 1800],
  ])('may have %s', async (_name, currency, amountsMinor, totalMinor, total) => {
    const invoiceId = await world.issue({ id: 'inv_1', currency, amountsMinor, totalMinor })
    expect((await aPusher().pushWaiting()).finalized).toEqual([invoiceId])
    await expectExactlyOneDocument(invoiceId, total)
    expect(world.documentsOf(invoiceId)[0]?.currency).toBe(currency.toLowerCase())
  })

  it('shares the Stripe customer with the other invoices of its customer', async () => {
    const ids: InvoiceId[] = []
    for (const id of ['inv_1', 'inv_2', 'inv_3'])
      ids.push(await world.issue({ id, customerId: 'cust_1', ...twoLines }))
    await aPusher().pushWaiting()
    expect(world.sandbox.inspect().customers).toHaveLength(1)
    for (const id of ids) await expectExactlyOneDocument(id, 1693)
  })

  it('exists once when two pushers work at the same time', async () => {
    const invoiceId = await world.issue({ id: 'inv_1', ...twoLines })
    const pushers = [aPusher(), aPusher(world.test.open())]
    await Promise.all(pushers.map((pusher) => pusher.pushWaiting()))
    await world.drain()
    await expectExactlyOneDocument(invoiceId, 1693)
  })
})

/** A connection that dies at its n-th statement, like a process that is killed there. */
function dyingLedger(statements: number): {
  readonly ledger: Kysely<LedgerTables>
  readonly hasDied: () => boolean
} {
  let left = statements
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      left -= 1
      if (left < 0) throw new Error('killed')
      return node
    },
    transformResult: async ({ result }) => result,
  }
  return { ledger: world.test.ledger.withPlugin(plugin), hasDied: () => left < 0 }
}

describe('I10 a document exists at Stripe exactly once, with exactly our total', () => {
  it('wherever the pusher is killed', async () => {
    for (let statements = 0; ; statements += 1) {
      const invoiceId = await world.issue({ id: `inv_${statements}`, ...twoLines })
      const { ledger, hasDied } = dyingLedger(statements)
      await aPusher(ledger)
        .pushWaiting()
        .catch(() => undefined)
      if (!hasDied()) {
        expect(statements).toBeGreaterThan(30)
        break
      }
      expect(await aPusher().pushWaiting()).toMatchObject({ parked: [], waiting: 0 })
      await expectExactlyOneDocument(invoiceId, 1693)
    }
    const { customers, mutations } = world.sandbox.inspect()
    expect(mutations).toHaveLength(4 * customers.length)
  })

  const faults: readonly Fault['kind'][] = [
    'error_before',
    'error_stored',
    'error_after',
    'cut_body',
    'bad_gateway',
    'rate_limit',
    'reset_after',
  ]
  it.each(faults)('whichever call ends in %s', async (kind) => {
    for (let failing = 1; ; failing += 1) {
      const invoiceId = await world.issue({ id: `inv_${failing}`, ...twoLines })
      let count = 0
      world.setFault(() => {
        count += 1
        const isHit = count === failing || (kind === 'reset_after' && count === failing + 1)
        return isHit ? ({ kind } as Fault) : undefined
      })
      await world.drain()
      await expectExactlyOneDocument(invoiceId, 1693)
      if (count < failing) break
    }
    expect(
      await world.test.ledger.selectFrom('outbox_steps').selectAll().where('state', '=', 'parked').execute(),
    ).toEqual([])
  })

  it('when each call fails twice after it was carried out', async () => {
    const invoiceId = await world.issue({ id: 'inv_1', ...twoLines })
    const hits = new Map<string, number>()
    world.setFault(({ method, path, idempotencyKey }) => {
      const hit = (hits.get(idempotencyKey ?? '') ?? 0) + 1
      hits.set(idempotencyKey ?? '', hit)
      return method === 'POST' && hit <= 2
        ? { kind: path.endsWith('add_lines') ? 'cut_body' : 'error_after' }
        : undefined
    })
    await world.drain()
    await expectExactlyOneDocument(invoiceId, 1693)
  })

  it.each([
    ['was carried out', 'cut_body', ['usance:man_acme:inv_1:create_invoice:1']],
    ['was not carried out', 'bad_gateway', ['usance:man_acme:inv_1:create_invoice:2']],
  ] as const)(
    'when a call that %s is taken up again after its key has expired',
    async (_name, kind, keys) => {
      const invoiceId = await world.issue({ id: 'inv_1', ...twoLines })
      let isHit = false
      world.setFault(({ method, path }) => {
        if (isHit || method !== 'POST' || path !== '/v1/invoices') return undefined
        isHit = true
        return { kind }
      })
      await aPusher().pushWaiting()
      world.pass(DAY_MS + HOUR_MS)
      await world.drain()
      await expectExactlyOneDocument(invoiceId, 1693)
      const made = world.sandbox.inspect().mutations.filter(({ operation }) => operation === 'create_invoice')
      expect(made.map(({ idempotencyKey }) => idempotencyKey)).toEqual(keys)
    },
  )

  it('when a spare draft of it has come into being', async () => {
    const invoiceId = await world.issue({ id: 'inv_1', ...twoLines })
    let isHit = false
    world.setFault(({ method, path }) => {
      if (isHit || method !== 'POST' || path !== '/v1/invoices') return undefined
      isHit = true
      return { kind: 'cut_body' }
    })
    await aPusher().pushWaiting()
    const [draft] = world.documentsOf(invoiceId)
    await world.aPerson().invoices.create({
      customer: typeof draft?.customer === 'string' ? draft.customer : '',
      metadata: { invoice_id: invoiceId },
    })
    expect(world.documentsOf(invoiceId)).toHaveLength(2)
    await world.drain()
    await expectExactlyOneDocument(invoiceId, 1693)
  })
})

describe('a document that differs at Stripe', () => {
  it('is parked with a sentence and never finalized, and others go on', async () => {
    const changed = await world.issue({ id: 'inv_1', ...twoLines })
    const good = await world.issue({ id: 'inv_2', amountsMinor: [50n], totalMinor: 50n })
    let isHit = false
    world.setFault(({ method, path }) => {
      const document = world.documentsOf(changed)[0]
      const isReadBack = method === 'GET' && document !== undefined && path === `/v1/invoices/${document.id}`
      if (isHit || !isReadBack) return undefined
      isHit = true
      return {
        kind: 'hold',
        until: world.aPerson().invoices.addLines(document.id, { lines: [{ amount: 1 }] }),
      }
    })
    const report = await aPusher().pushWaiting()
    const id = world.documentsOf(changed)[0]?.id
    expect(report).toMatchObject({
      finalized: [good],
      waiting: 0,
      parked: [
        {
          invoiceId: changed,
          step: 'finalize_invoice',
          problem: `${id} has the total 1694 eur at Stripe, but invoice NR-inv_1 has 1693 eur (minor units); compare them.`,
        },
      ],
    })
    expect(world.documentsOf(changed)[0]?.status).toBe('draft')
    await expectExactlyOneDocument(good, 50)
  })

  it('is parked when only the number of lines differs', async () => {
    const invoiceId = await world.issue({ id: 'inv_1', ...twoLines })
    let isHit = false
    world.setFault(({ method, path }) => {
      if (isHit || method !== 'GET' || !path.startsWith('/v1/invoices/')) return undefined
      isHit = true
      const added = world.aPerson().invoices.addLines(path.slice('/v1/invoices/'.length), {
        lines: [{ amount: 0 }],
      })
      return { kind: 'hold', until: added }
    })
    const { parked } = await aPusher().pushWaiting()
    expect(parked[0]?.problem).toContain('has 3 lines that sum to 1693 at Stripe')
    expect(world.documentsOf(invoiceId)[0]?.status).toBe('draft')
  })
})

describe('a push that Stripe refuses', () => {
  it('is parked with Stripe’s reason, and others go on', async () => {
    const refused = await world.issue({ id: 'inv_1', email: `${'x'.repeat(520)}@example.com`, ...twoLines })
    const good = await world.issue({ id: 'inv_2', ...twoLines })
    const report = await aPusher().pushWaiting()
    expect(report.finalized).toEqual([good])
    expect(await world.problemsOf('cust_inv_1')).toEqual([
      [
        'create_customer',
        'parked',
        'Stripe refused the document (parameter_invalid): email must be 512 characters or less.',
      ],
    ])
    expect(await world.steps(refused)).toEqual(['create_invoice 1 waiting'])
    expect((await aPusher().pushWaiting()).parked).toEqual([])
  })

  it('is not made when the invoice was voided here first', async () => {
    const invoiceId = await world.issue({ id: 'inv_1', ...twoLines })
    await world.setStatus(invoiceId, 'void')
    expect(await aPusher().pushWaiting()).toMatchObject({ parked: [], waiting: 0 })
    expect(world.sandbox.inspect().invoices).toEqual([])
    expect(await world.steps(invoiceId)).toEqual(['create_invoice 1 superseded'])
  })

  it('waits with a growing pause when Stripe asks to slow down', async () => {
    await world.issue({ id: 'inv_1', ...twoLines })
    await world.issue({ id: 'inv_2', ...twoLines })
    let asked = 0
    world.setFault(() => {
      asked += 1
      return { kind: 'rate_limit' }
    })
    const first = await aPusher().pushWaiting()
    expect([first.waiting, asked]).toEqual([4, 2])
    world.pass(2_000)
    await aPusher().pushWaiting()
    expect(asked).toBeGreaterThan(2)
    world.setFault(() => undefined)
    await world.drain()
    expect(world.sandbox.inspect().invoices).toHaveLength(2)
  })

  it('waits for another key when the key is refused, and is due as soon as it is set', async () => {
    const invoiceId = await world.issue({ id: 'inv_1', ...twoLines })
    await world.setKey(manufacturerId, 'sk_test_revoked')
    expect((await aPusher().pushWaiting()).waiting).toBe(2)
    expect(await world.problemsOf('cust_inv_1')).toEqual([
      ['create_customer', 'waiting', 'Stripe refused the key; enter a key that may write invoices.'],
    ])
    await world.setKey(manufacturerId, apiKey)
    expect((await aPusher().pushWaiting()).finalized).toEqual([invoiceId])
  })

  it('waits while the manufacturer has no key, and others go on', async () => {
    const other = 'man_other' as ManufacturerId
    await aManufacturer(world.test.ledger, other, 'OTHER')
    await world.issue({ id: 'inv_1', manufacturerId: other, ...twoLines })
    const good = await world.issue({ id: 'inv_2', ...twoLines })
    expect(await aPusher().pushWaiting()).toMatchObject({ finalized: [good], waiting: 0 })
    expect(await world.steps('inv_1' as InvoiceId)).toEqual(['create_invoice 1 waiting'])
    await world.setKey(other, apiKey)
    expect((await aPusher().pushWaiting()).finalized).toEqual(['inv_1'])
  })

  it('sends nothing with a live key over plain HTTP', async () => {
    await world.issue({ id: 'inv_1', ...twoLines })
    await world.setKey(manufacturerId, 'sk_live_abcdef')
    let asked = 0
    world.setFault(() => {
      asked += 1
      return undefined
    })
    expect((await aPusher().pushWaiting()).waiting).toBe(2)
    expect(asked).toBe(0)
  })
})
