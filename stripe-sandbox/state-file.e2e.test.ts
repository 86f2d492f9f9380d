import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { StripeSandbox } from './index.ts'
import { aDraft, customerOf, sandboxFixture } from './sandbox-fixture.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

function aStateFile(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'stripe-sandbox-'))
  fixture.onEnd(() => rmSync(folder, { recursive: true }))
  return path.join(folder, 'state.json')
}

function contentsOf(sandbox: StripeSandbox) {
  const { faults: _faults, refusedByLimits: _refused, ...contents } = sandbox.inspect()
  return contents
}

describe('the state file of the Stripe sandbox', () => {
  it('has everything before the answer is sent: what is killed goes on where it was', async () => {
    const stateFile = aStateFile()
    const killed = await fixture.start({ stateFile })
    const draft = await aDraft(killed.stripe, [1_000], {
      tax_id_data: [{ type: 'eu_vat', value: 'DE123456789' }],
    })
    const price_data = { currency: 'eur', product_data: { name: 'Energy' }, unit_amount: 2 }
    await killed.stripe.invoices.addLines(draft.id, { lines: [{ price_data, quantity: 3 }] })
    await killed.stripe.invoices.finalizeInvoice(draft.id)
    await killed.stripe.invoices.pay(draft.id, {}, { idempotencyKey: 'pay' })
    await killed.stripe.creditNotes.create({ invoice: draft.id, amount: 100, refund_amount: 100 })
    const gone = await killed.stripe.invoices.create({ customer: customerOf(draft) })
    await killed.stripe.invoices.del(gone.id)
    const usage = { event_name: 'run_s', payload: { stripe_customer_id: customerOf(draft), value: '1' } }
    const sum = { formula: 'sum' } as const
    await killed.stripe.billing.meters.create({
      display_name: 'Run',
      event_name: 'run_s',
      default_aggregation: sum,
    })
    const { identifier } = await killed.stripe.v2.billing.meterEvents.create(usage, { idempotencyKey: 'v2' })
    // The first one is not closed: its file is as a kill leaves it.
    const copy = `${stateFile}.copy`
    writeFileSync(copy, readFileSync(stateFile))
    const next = await fixture.start({ stateFile: copy })
    expect(contentsOf(next.sandbox)).toEqual(contentsOf(killed.sandbox))
    const replayed = await next.stripe.invoices.pay(draft.id, {}, { idempotencyKey: 'pay' })
    expect(replayed.lastResponse.headers['idempotent-replayed']).toBe('true')
    const counted = await next.stripe.v2.billing.meterEvents.create(usage, { idempotencyKey: 'v2' })
    expect(counted.identifier).toBe(identifier)
  })

  it('goes on after a last line that was cut, and is written anew at start and close', async () => {
    const stateFile = aStateFile()
    const first = await fixture.start({ stateFile })
    const { id } = await first.stripe.customers.create({})
    for (let index = 0; index < 20; index += 1) {
      await first.stripe.customers.update(id, { name: `name ${index}` })
    }
    const before = readFileSync(stateFile, 'utf8').split('\n').length
    await first.sandbox.close()
    const after = readFileSync(stateFile, 'utf8').split('\n').length
    expect(after).toBeLessThan(before)
    appendFileSync(stateFile, '{"kind":"customers","id":"cus_cut","it')
    const second = await fixture.start({ stateFile })
    expect(second.sandbox.inspect().customers.map(({ name }) => name)).toEqual(['name 19'])
    await second.stripe.customers.create({})
    await second.sandbox.close()
    const third = await fixture.start({ stateFile })
    expect(third.sandbox.inspect().customers).toHaveLength(2)
  })

  it('grows by as much for the hundredth invoice as for the second', async () => {
    const stateFile = aStateFile()
    const { stripe } = await fixture.start({ stateFile })
    const { id: customer } = await stripe.customers.create({})
    const growth: number[] = []
    for (let index = 0; index < 100; index += 1) {
      const before = statSync(stateFile).size
      const { id } = await stripe.invoices.create({
        customer,
        currency: 'eur',
        number: `ACME-${1000 + index}`,
      })
      await stripe.invoices.addLines(id, { lines: [{ amount: 1_000 }] })
      await stripe.invoices.finalizeInvoice(id)
      growth.push(statSync(stateFile).size - before)
    }
    expect(Math.abs((growth[99] ?? 0) - (growth[1] ?? 0))).toBeLessThan(50)
  })

  it('sets a file of another form aside', async () => {
    const stateFile = aStateFile()
    writeFileSync(stateFile, '{"customers":[]}')
    const { sandbox } = await fixture.start({ stateFile })
    expect([sandbox.inspect().customers, existsSync(`${stateFile}.old`)]).toEqual([[], true])
  })

  it('sets a file that was written for another API version aside', async () => {
    const stateFile = aStateFile()
    const first = await fixture.start({ stateFile })
    await first.stripe.customers.create({})
    await first.sandbox.close()
    const written = readFileSync(stateFile, 'utf8')
    writeFileSync(stateFile, written.replace('2026-10-28.endive', '2026-05-27.dahlia'))
    const second = await fixture.start({ stateFile })
    expect([second.sandbox.inspect().customers, existsSync(`${stateFile}.old`)]).toEqual([[], true])
  })

  it('takes up collections, retries and refunds that were due', async () => {
    const stateFile = aStateFile()
    const first = await fixture.start({ stateFile, collectionDelayMs: 3_600_000 })
    const paying = await aDraft(first.stripe, [1_000])
    await first.stripe.invoices.finalizeInvoice(paying.id, { auto_advance: true })
    const drafted = await aDraft(first.stripe, [2_000], {}, { auto_advance: true })
    await first.sandbox.close()
    const second = await fixture.start({ stateFile })
    second.sandbox.advance(2 * 3_600_000)
    expect((await second.stripe.invoices.retrieve(paying.id)).status).toBe('paid')
    expect((await second.stripe.invoices.retrieve(drafted.id)).status).toBe('paid')
  })
})
