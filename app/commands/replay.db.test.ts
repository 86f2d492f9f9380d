import path from 'node:path'
import { Readable } from 'node:stream'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { formatInvoiceInputs } from '../../billing/index.ts'
import { openFreshLedger } from '../../test/setup/fresh-ledger.ts'
import { runReplay } from './replay.ts'

async function replay(data: string, words: readonly string[]) {
  let printed = ''
  let said = ''
  const collect = (take: (text: string) => void) =>
    ({ write: (text: string) => take(text), isTTY: false }) as unknown as NodeJS.WriteStream
  const code = await runReplay({
    argv: [...words, '--data', data],
    stdin: Readable.from([]),
    stdout: collect((text) => void (printed += text)),
    stderr: collect((text) => void (said += text)),
    signal: new AbortController().signal,
    quitSignal: new AbortController().signal,
    environment: {},
  })
  return { code, printed, said }
}

/** Invoices over nothing: one whose total is nothing, one whose total is something all the same, and one from before inputs were kept. */
function withInvoices() {
  const fixture = openFreshLedger()
  const { byHand } = fixture
  byHand.exec(`
    INSERT INTO manufacturers (id, name, invoice_prefix, created_at) VALUES ('man_1', 'Acme', 'A', 1);
    INSERT INTO customers (id, manufacturer_id, name, email, created_at) VALUES ('cust_1', 'man_1', 'Site', 'x@example.com', 1);
    INSERT INTO tariffs (id, manufacturer_id, name, created_at) VALUES ('tar_1', 'man_1', 'T', 1);
    INSERT INTO contracts (id, manufacturer_id, customer_id, tariff_id, time_zone, anchor_on, cadence_unit, cadence_count, starts_at, created_at)
      VALUES ('con_1', 'man_1', 'cust_1', 'tar_1', 'UTC', '2026-01-01', 'month', 1, 0, 1);`)
  const content = deflateRawSync(
    JSON.stringify(formatInvoiceInputs({ ratings: [], corrections: [], manualLines: [], tax: undefined })),
  )
  for (const no of [1, 2, 3]) {
    byHand.exec(`
      INSERT INTO invoices (id, manufacturer_id, customer_id, contract_id, status, currency, period_from_at, period_to_at, cutoff_at, total_minor, created_at)
        VALUES ('inv_${no}', 'man_1', 'cust_1', 'con_1', 'draft', 'EUR', ${no}0, ${no}9, ${no}9, 0, 1)`)
    if (no < 3) byHand.prepare('INSERT INTO invoice_inputs VALUES (?, 1, ?)').run(`inv_${no}`, content)
    byHand.exec(
      `UPDATE invoices SET status = 'issued', number = 'A-${no}', issued_at = 2 WHERE id = 'inv_${no}'`,
    )
  }
  byHand.exec(
    "DROP TRIGGER issued_invoices_are_frozen; UPDATE invoices SET total_minor = 5 WHERE id = 'inv_2'",
  )
  return fixture
}

describe('usance replay', () => {
  it('says of one invoice whether it is the same, and exits 1 unless it is', async () => {
    await using fixture = withInvoices()
    const data = path.dirname(fixture.file)
    expect(await replay(data, ['--invoice', 'A-1'])).toEqual({
      code: 0,
      printed: 'A-1 (inv_1): same\n',
      said: '1 same, 0 different, 0 without inputs\n',
    })
    expect(await replay(data, ['--invoice', 'A-2'])).toEqual({
      code: 1,
      printed: 'A-2 (inv_2): DIFFERENT in sum of the lines\n    issued:   5\n    replayed: 0\n',
      said: '0 same, 1 different, 0 without inputs\n',
    })
    expect(await replay(data, ['--invoice', 'A-3', '--json'])).toEqual({
      code: 1,
      printed: '{"invoiceId":"inv_3","manufacturerId":"man_1","number":"A-3","outcome":"no_inputs"}\n',
      said: '0 same, 0 different, 1 without inputs\n',
    })
  })

  it('prints of all only those that are not the same', async () => {
    await using fixture = withInvoices()
    const data = path.dirname(fixture.file)
    const { code, printed, said } = await replay(data, ['--all'])
    expect([code, said]).toEqual([1, '1 same, 1 different, 1 without inputs\n'])
    expect(printed.match(/^A-\d/gm)).toEqual(['A-2', 'A-3'])
    expect(await replay(data, ['--all', '--manufacturer', 'man_2'])).toMatchObject({ code: 0, printed: '' })
  })

  it.each([
    [[], 'arguments_invalid'],
    [['--all', '--invoice', 'A-1'], 'arguments_invalid'],
    [['--invoice', 'A-9'], 'invoice_not_found'],
  ])('refuses %j', async (words, code) => {
    await using fixture = withInvoices()
    await expect(replay(path.dirname(fixture.file), words)).rejects.toMatchObject({ code })
  })
})
