/** How the demo shows an invoice and where its usage came from. */
import type { Invoice, RegisterReconciliation } from '../../billing/index.ts'
import { formatMoney, moneyOf } from '../../core/index.ts'
import type { DeviceTruth } from '../../devices-sim/index.ts'
import type { DemoCustomer } from './demo-state.ts'
import { formatTable } from './text-table.ts'

const LOCALE = 'en'

/** The invoice as a table, with the sentence that explains each line below it. */
export function formatInvoice(invoice: Invoice, customer: DemoCustomer): string {
  const { number = 'draft', status, period, currency, lines, taxes, totalMinor } = invoice
  const rows = lines.map((line) => [
    line.description,
    formatQuantity(line),
    line.unitPrice === undefined ? '' : `${line.unitPrice} ${currency}/${line.unit}`,
    formatMoney(moneyOf(line.amountMinor, currency), LOCALE),
  ])
  const taxRows = taxes.map(({ percent, netMinor, taxMinor }) => [
    `VAT ${percent} % on ${formatMoney(moneyOf(netMinor, currency), LOCALE)}`,
    '',
    '',
    formatMoney(moneyOf(taxMinor, currency), LOCALE),
  ])
  const total = ['Total', '', '', formatMoney(moneyOf(totalMinor, currency), LOCALE)]
  const table = formatTable(
    [
      { title: 'Line', align: 'left' },
      { title: 'Quantity', align: 'right' },
      { title: 'Unit price', align: 'right' },
      { title: 'Amount', align: 'right' },
    ],
    [...rows, ...taxRows, total],
    true,
  )
  const span = `${formatLocal(period.from, customer.timeZone)} to ${formatLocal(period.to, customer.timeZone)}`
  const sentences = [...lines.map(({ sentence }) => sentence), ...taxes.map((tax) => tax.sentences.en)]
  return [
    `${number} · ${customer.name} · ${status} · ${span} (${customer.timeZone})`,
    table,
    ...sentences.map((sentence) => `  ${sentence}`),
  ].join('\n')
}

export type ProofRow = RegisterReconciliation & {
  readonly customer: DemoCustomer
  /** The simulator's own account of the advance; undefined if it has none. */
  readonly simulated: bigint | undefined
}

/** Joins what billing says about the billed register with what the simulated machines say about themselves. */
export function collectProof(
  customer: DemoCustomer,
  rows: readonly RegisterReconciliation[],
  truths: readonly DeviceTruth[],
): ProofRow[] {
  const own = rows.filter((row) => customer.deviceIds.includes(row.deviceId) && row.register === 'run_s')
  return own.map((row) => {
    const truth = truths.find(({ deviceId }) => deviceId === row.deviceId)
    const simulated = truth?.registers.find(({ register }) => register === row.register)?.advance
    return { ...row, customer, simulated }
  })
}

/** True when every second that a register advanced was billed, no more and no less, and the machines agree. */
export function addsUp(rows: readonly ProofRow[]): boolean {
  return (
    rows.length > 0 &&
    rows.every(
      ({ advanced, billed, notBillable, unassigned, held, simulated }) =>
        advanced === billed + notBillable + unassigned + held &&
        billed === advanced &&
        simulated === advanced,
    )
  )
}

export function formatProof(rows: readonly ProofRow[]): string {
  return formatTable(
    [
      { title: 'Device', align: 'left' },
      { title: 'Register advance', align: 'right' },
      { title: 'Billed', align: 'right' },
      { title: 'Unassigned', align: 'right' },
      { title: 'Held', align: 'right' },
      { title: 'Machine says', align: 'right' },
      { title: '', align: 'left' },
    ],
    rows.map((row) => [
      row.deviceId,
      `${row.advanced} s`,
      `${row.billed} s`,
      `${row.unassigned} s`,
      `${row.held} s`,
      row.simulated === undefined ? 'unknown' : `${row.simulated} s`,
      addsUp([row]) ? '✓' : '✗',
    ]),
  )
}

/** Base units where the line rests on registers: "74052 s" says more than "6171/5 min". */
function formatQuantity({ quantity, unit, explanation }: Invoice['lines'][number]): string {
  const [first] = explanation.usage
  if (first === undefined) return `${quantity} ${unit}`
  const sum = explanation.usage.reduce((total, record) => total + record.quantity, 0n)
  return `${sum.toLocaleString(LOCALE)} ${first.unit}`
}

function formatLocal(at: number, timeZone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)
  return `${local.toPlainDate().toString()} ${local.toPlainTime().toString({ smallestUnit: 'minute' })}`
}
