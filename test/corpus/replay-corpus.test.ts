/** Every invoice of the corpus comes out as it did when it was issued, to the byte. Reads files of the repository and nothing else. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { computeInvoice, type InvoiceFile } from './invoice-file.ts'

const folder = path.join(import.meta.dirname, 'invoices')
const files = readdirSync(folder).sort()
const invoices = files.map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as InvoiceFile)

describe('an invoice of the corpus', () => {
  it('is there', () => expect(files.length).toBeGreaterThanOrEqual(51))

  it.each(invoices)('comes out the same: $title', (invoice) => {
    expect(computeInvoice(invoice)).toEqual(invoice.expected)
    expect(invoice.expected.lines.length).toBeGreaterThan(0)
  })

  it.each(invoices.filter(({ title }) => title.startsWith('Rounding')))(
    'comes out otherwise where an input differs: $title',
    ({ inputs, documents, expected }) => {
      const changed: unknown = JSON.parse(JSON.stringify(inputs).replaceAll('"12345"', '"12346"'))
      expect(computeInvoice({ inputs: changed, documents }).lines).not.toEqual(expected.lines)
    },
  )
})
