/**
 * Properties of whole invoices over random histories, through the real stores. USANCE_TORTURE=500 for more of them; SEED= and SEED_PATH= repeat a
 * failure, whose seed and path are printed.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatInstant } from '../../core/index.ts'
import { canonicalLine } from '../replay/canonical-lines.ts'
import { replayInvoices } from '../replay/replay-invoices.ts'
import type { BillLine, Invoice } from '../billing-types.ts'
import type { BillingFixture } from '../testing/billing-fixture.ts'
import {
  decide,
  decidedInTheEnd,
  deliver,
  frozenRows,
  invoicesOf,
  makeVoid,
  moveContract,
  openHistories,
  reissue,
  runBillingAt,
  type PlayedContract,
} from '../testing/play-history.ts'
import {
  contractHistory,
  monthBorders,
  runInstants,
  type ContractHistory,
} from '../testing/random-histories.ts'
import { readCreditedCorrections } from './credited-corrections.ts'

const { USANCE_TORTURE, SEED, SEED_PATH } = process.env
const numRuns = (few: number) => Number(USANCE_TORTURE ?? few)
const timeout = 60_000 + numRuns(0) * 10_000
const parameters = (few: number) => ({
  numRuns: numRuns(few),
  endOnFailure: SEED === undefined,
  interruptAfterTimeLimit: timeout - 10_000,
  ...(SEED === undefined ? {} : { seed: Number(SEED) }),
  ...(SEED_PATH === undefined ? {} : { path: SEED_PATH }),
})

/** Many contracts in one installation: opening one costs more than they do. */
async function withHistories<Result>(
  histories: readonly ContractHistory[],
  play: (contracts: readonly PlayedContract[], fixture: BillingFixture) => Promise<Result>,
): Promise<Result> {
  const contracts = await openHistories(histories)
  const fixture = contracts[0]?.fixture
  if (fixture === undefined) throw new Error('There is no contract.')
  try {
    return await play(contracts, fixture)
  } finally {
    await fixture.close()
  }
}

const several = <Value>(one: fc.Arbitrary<Value>, most: number) =>
  fc.array(one, { minLength: 3, maxLength: most, size: 'max' })

const sayLines = (lines: readonly BillLine[]) => lines.map(canonicalLine)

/** What a customer gets, but for ids and the time of issue. */
const sayInvoice = ({ period, lines, taxes, prices, netMinor, taxMinor, totalMinor }: Invoice) =>
  JSON.stringify(
    { period, lines: sayLines(lines), taxes, prices, netMinor, taxMinor, totalMinor },
    (_name, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value),
  ).replaceAll(/tax_[a-z0-9]+/g, 'tax_')

/** One month, all of which arrives in two random orders before the invoice. */
const anyOrders = contractHistory(1, 8).chain((history) => {
  const order = fc.shuffledSubarray([...history.readings], { minLength: history.readings.length })
  const atOnce = fc.integer({ min: 1, max: 9 })
  const delivery = fc.record({ readings: order, atOnce })
  // Of what nobody decides about counts what fits best.
  const decisions = fc.subarray([...decidedInTheEnd(history)])
  return fc.record({ history: fc.constant(history), decisions, deliveries: fc.tuple(delivery, delivery) })
})

describe('a month of random contracts', () => {
  it(
    'is the same invoices in any order of arrival, and live bills end in drafts and invoices',
    { timeout },
    async () => {
      const [from = 0, to = 0] = monthBorders
      const [now = 0] = runInstants
      const billIn = async (drawn: readonly Drawn[], index: 0 | 1) =>
        await withHistories(
          drawn.map(({ history }) => history),
          async (contracts, fixture) => {
            fixture.setNow(formatInstant(now))
            for (const [position, played] of contracts.entries()) {
              const history = drawn[position]?.history
              if (history !== undefined) await moveContract(played, history, [0])
              const { readings = [], atOnce = 1 } = drawn[position]?.deliveries[index] ?? {}
              await deliver(played, readings, now - 1_000, atOnce)
              await decide(played, drawn[position]?.decisions ?? [])
            }
            const bills = []
            for (const { contract } of contracts) {
              const live = await fixture.billing.liveBill(fixture.acme, contract.id, to)
              const draft = await fixture.billing.draftBill(fixture.acme, contract.id, from)
              expect(live).toEqual(draft)
              bills.push(draft)
            }
            await runBillingAt(fixture, now)
            const said: string[] = []
            for (const [position, played] of contracts.entries()) {
              const [issued, ...others] = await invoicesOf(played)
              if (issued === undefined || others.length > 0) throw new Error('There is not one invoice.')
              const { lines = [], tax } = bills[position] ?? {}
              expect(sayLines(issued.lines)).toEqual(sayLines(lines))
              expect(tax).toMatchObject({ totalMinor: issued.totalMinor, taxMinor: issued.taxMinor })
              said.push(sayInvoice(issued))
            }
            return said
          },
        )
      const property = fc.asyncProperty(several(anyOrders, 5), async (drawn) => {
        expect(await billIn(drawn, 1)).toEqual(await billIn(drawn, 0))
      })
      await fc.assert(property, parameters(1))
    },
  )
})

type Drawn = typeof anyOrders extends fc.Arbitrary<infer Value> ? Value : never

/** For each invoiced period, what all documents together charge for each of its lines. */
async function chargedFor(played: PlayedContract): Promise<Record<string, bigint>> {
  const invoices = (await invoicesOf(played)).filter(({ status }) => status !== 'void')
  const charged: Record<string, bigint> = {}
  const add = (period: { from: number }, line: BillLine) => {
    const { itemId, description, taxCategory, amountMinor, explanation } = line
    const place = [itemId, description, taxCategory, explanation.member, explanation.tariffVersionId]
    const key = JSON.stringify([period.from, ...place, explanation.period.from])
    charged[key] = (charged[key] ?? 0n) + amountMinor
  }
  const periodOf = new Map(invoices.map(({ id, period }) => [id, period]))
  for (const invoice of invoices) {
    for (const line of invoice.lines) {
      add((line.correctsId && periodOf.get(line.correctsId)) ?? invoice.period, line)
    }
    for (const { line } of await readCreditedCorrections(played.fixture.ledger, invoice)) {
      add(invoice.period, line)
    }
  }
  return Object.fromEntries(Object.entries(charged).filter(([, amount]) => amount !== 0n))
}

describe('corrections of corrections', () => {
  it(
    'end at what a single bill with all data would have been, and leave what is issued as it is',
    { timeout },
    async () => {
      const last = runInstants.at(-1) ?? 0
      const property = fc.asyncProperty(
        several(contractHistory(runInstants.length, 3), 5),
        async (histories) => {
          const inTime = await withHistories(histories, async (contracts, fixture) => {
            for (const [index, played] of contracts.entries()) {
              const history = histories[index]
              if (history === undefined) throw new Error('There is no history.')
              await moveContract(played, history, [...runInstants.keys()])
              await deliver(played, history.readings, last - 1_000)
              await decide(played, decidedInTheEnd(history))
            }
            await runBillingAt(fixture, last)
            return await Promise.all(contracts.map(chargedFor))
          })
          await withHistories(histories, async (contracts, fixture) => {
            const frozen = new Map<string, string>()
            const unbilled: { played: PlayedContract; invoice: Invoice }[] = []
            for (const [run, now] of runInstants.entries()) {
              for (const [index, played] of contracts.entries()) {
                const history = histories[index]
                if (history === undefined) throw new Error('There is no history.')
                const { readings, decisions } = history
                await moveContract(played, history, [run])
                await deliver(
                  played,
                  readings.filter((each) => each.run === run),
                  now - 1_000,
                )
                await decide(
                  played,
                  decisions.filter((each) => each.run === run),
                )
              }
              fixture.setNow(formatInstant(now))
              for (const { played, invoice } of unbilled.splice(0)) await reissue(played, invoice)
              await runBillingAt(fixture, now)
              for (const [index, played] of contracts.entries()) {
                const asked = histories[index]?.reissues.find((each) => each.run === run)
                const invoice = asked === undefined ? undefined : await makeVoid(played, asked)
                if (invoice !== undefined) unbilled.push({ played, invoice })
              }
              const rows = await frozenRows(fixture)
              for (const [key, row] of frozen) expect([key, rows.get(key)]).toEqual([key, row])
              for (const [key, row] of rows) frozen.set(key, row)
            }
            for (const [index, played] of contracts.entries()) {
              for (const { creditedMinor, totalMinor } of await invoicesOf(played)) {
                expect(creditedMinor).toBeLessThanOrEqual(totalMinor)
              }
              expect(await chargedFor(played)).toEqual(inTime[index])
            }
            const replays = await Array.fromAsync(replayInvoices(fixture.ledger, {}))
            expect(replays.filter(({ outcome }) => outcome !== 'same')).toEqual([])
          })
        },
      )
      await fc.assert(property, parameters(1))
    },
  )
})
