/**
 * Whatever people give back, and in between what usage that came late corrects: credit notes never exceed their invoice, in total and for each rate, and
 * nothing that is issued changes. USANCE_TORTURE=500 for more; SEED= and SEED_PATH= repeat a failure, whose seed and path are printed.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { AppError } from '../../core/index.ts'
import { replayInvoices } from '../replay/replay-invoices.ts'
import type { BillingFixture } from '../testing/billing-fixture.ts'
import { deliver, frozenRows, invoicesOf, openHistories, runBillingAt } from '../testing/play-history.ts'
import { contractHistory, runInstants } from '../testing/random-histories.ts'
import type { AskedCredit } from './credit-note-types.ts'
import { creditableRest } from './read-creditable.ts'

const { USANCE_TORTURE, SEED, SEED_PATH } = process.env
const numRuns = Number(USANCE_TORTURE ?? 1)
const timeout = 60_000 + numRuns * 3_000

/** Of any invoice, in percent of its total: more than all of it, too. */
const anyCredit = fc.record({
  invoice: fc.nat(50),
  kind: fc.constantFrom('goodwill' as const, 'cancellation' as const),
  asked: fc.constantFrom('whole', 'amount', 'line', 'part of a line'),
  percent: fc.constantFrom(1n, 30n, 50n, 99n, 100n, 101n),
  line: fc.nat(20),
})
type AnyCredit = typeof anyCredit extends fc.Arbitrary<infer Value> ? Value : never

const atLeastZero = (amount: bigint) => (amount > 0n ? amount : 0n)

/** True if the credit note was issued; it may be refused where it would give back too much. */
async function give(
  fixture: BillingFixture,
  { invoice, kind, asked, percent, line }: AnyCredit,
): Promise<boolean> {
  const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 200 })
  const own = items.toSorted((left, right) => (left.number ?? '').localeCompare(right.number ?? ''))
  const chosen = own[invoice % Math.max(1, own.length)]
  if (chosen === undefined) return false
  const position = 1 + (line % Math.max(1, chosen.lines.length))
  const ofLine = ((chosen.lines[position - 1]?.amountMinor ?? 0n) * percent) / 100n
  const credits: Record<typeof asked, AskedCredit> = {
    whole: { whole: true },
    amount: { amountMinor: (chosen.totalMinor * percent) / 100n },
    line: { lines: [{ position }] },
    'part of a line': { lines: [{ position, amountMinor: ofLine }] },
  }
  try {
    const input = { kind, reason: 'Sorry', credit: credits[asked] }
    await fixture.billing.creditInvoice(fixture.acme, chosen.id, input)
    return true
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    expect(error.code).toMatch(/^(credit_|invoice_not_creditable|billing_input_invalid)/)
    return false
  }
}

it('credit notes never exceed the invoice, and nothing that is issued changes', { timeout }, async () => {
  let given = 0
  const anyContracts = fc.record({
    histories: fc.array(contractHistory(runInstants.length, 2), { minLength: 2, maxLength: 4, size: 'max' }),
    credits: fc.array(fc.array(anyCredit, { minLength: 4, maxLength: 8, size: 'max' }), {
      minLength: 4,
      maxLength: 4,
    }),
  })
  const property = fc.asyncProperty(anyContracts, async ({ histories, credits }) => {
    const contracts = await openHistories(histories)
    const fixture = contracts[0]?.fixture
    if (fixture === undefined) throw new Error('There is no contract.')
    const frozen = new Map<string, string>()
    const assertFrozen = async () => {
      const rows = await frozenRows(fixture)
      for (const [key, row] of frozen) expect([key, rows.get(key)]).toEqual([key, row])
      for (const [key, row] of rows) frozen.set(key, row)
    }
    try {
      for (const [run, now] of runInstants.entries()) {
        for (const [index, played] of contracts.entries()) {
          const arriving = histories[index]?.readings.filter((reading) => reading.run === run)
          await deliver(played, arriving ?? [], now - 1_000)
        }
        await runBillingAt(fixture, now, 'bill_negative')
        await assertFrozen()
        for (const credit of credits[run] ?? []) given += Number(await give(fixture, credit))
        await assertFrozen()
      }
      const invoices = (await Promise.all(contracts.map(invoicesOf))).flat()
      for (const { id, creditedMinor, totalMinor } of invoices) {
        expect(creditedMinor).toBeLessThanOrEqual(totalMinor)
        const { rates, restMinor } = await creditableRest(fixture.ledger, fixture.acme, id)
        expect(restMinor).toBe(totalMinor - creditedMinor)
        for (const { charged, credited } of rates) {
          // Of a rate that corrections made negative there is nothing to give back.
          expect(credited.netMinor).toBeLessThanOrEqual(atLeastZero(charged.netMinor))
          expect(credited.taxMinor).toBeLessThanOrEqual(atLeastZero(charged.taxMinor))
        }
      }
      const replays = await Array.fromAsync(replayInvoices(fixture.ledger, {}))
      expect(replays.filter(({ outcome }) => outcome !== 'same')).toEqual([])
    } finally {
      await fixture.close()
    }
  })
  await fc.assert(property, {
    numRuns,
    endOnFailure: SEED === undefined,
    interruptAfterTimeLimit: timeout - 10_000,
    ...(SEED === undefined ? {} : { seed: Number(SEED) }),
    ...(SEED_PATH === undefined ? {} : { path: SEED_PATH }),
  })
  expect(given).toBeGreaterThan(0)
})
