import { afterEach, beforeEach, expect, it } from 'vitest'
import { aLedger, anIssuedInvoice, type TestLedger } from './ledger-fixture.ts'
import { readPushDocument } from './push-document.ts'

let test: TestLedger
beforeEach(async () => {
  test = await aLedger()
})
afterEach(() => test.close())

const told = async (id: string) => {
  const { lines, totalMinor } = await readPushDocument(test.ledger, id as never)
  return [
    totalMinor,
    lines.map(({ position, description, amountMinor }) => [position, description, amountMinor]),
  ]
}

it('asks Stripe for tax that comes on top as a line for its rate', async () => {
  const tax = { prices: 'net', percent: '19', netMinor: 1_693n, taxMinor: 322n } as const
  await anIssuedInvoice(test.ledger, { id: 'inv_1', amountsMinor: [490n, 1_203n], totalMinor: 2_015n, tax })
  expect(await told('inv_1')).toEqual([
    2_015n,
    [
      [1n, 'Run time', 490n],
      [2n, 'Run time', 1_203n],
      [3n, 'VAT 19 % on 16.93 EUR', 322n],
    ],
  ])
})

it('asks for nothing besides prices that hold the tax, nor for a tax of zero', async () => {
  const gross = { prices: 'gross', percent: '19', netMinor: 1_000n, taxMinor: 190n } as const
  await anIssuedInvoice(test.ledger, { id: 'inv_1', amountsMinor: [1_190n], totalMinor: 1_190n, tax: gross })
  expect(await told('inv_1')).toEqual([1_190n, [[1n, 'Run time', 1_190n]]])
  const zero = { prices: 'net', percent: '0', netMinor: 500n, taxMinor: 0n } as const
  await anIssuedInvoice(test.ledger, { id: 'inv_2', amountsMinor: [500n], totalMinor: 500n, tax: zero })
  expect(await told('inv_2')).toEqual([500n, [[1n, 'Run time', 500n]]])
})
