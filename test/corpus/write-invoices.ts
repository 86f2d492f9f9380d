/**
 * `node test/corpus/write-invoices.ts` adds a file for each case that has none yet, computed by the program as it is. It never
 * writes over a file: what stands in the corpus was issued.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { formatInvoiceInputs, parseInvoiceInputs } from '../../billing/index.ts'
import { readExamples, sectionsOf } from '../setup/tariff-page.ts'
import { invoiceCases, type InvoiceCase } from './invoice-cases.ts'
import { computeInvoice, type InvoiceFile } from './invoice-file.ts'

const folder = path.join(import.meta.dirname, 'invoices')
const page = readFileSync(path.join(import.meta.dirname, '../../docs/tariffs.md'), 'utf8')

for (const one of [...casesOfPage(), ...invoiceCases]) {
  const file = path.join(folder, `${slugOf(one.title)}.json`)
  if (existsSync(file)) continue
  writeFileSync(file, `${JSON.stringify(toFile(one), null, 1)}\n`)
  process.stdout.write(`${path.basename(file)}\n`)
}

function toFile({ title, ratings, tax = null }: InvoiceCase): InvoiceFile {
  const documents: Record<string, unknown> = {}
  const short = {
    formatVersion: 1,
    ratingVersion: 1,
    tax,
    ratings: ratings.map(({ versions, usage }) => ({
      versions: versions.map(({ document, ...version }) => {
        documents[version.id] = document
        return version
      }),
      usage,
    })),
  }
  // What may be left out in a usage document is written out, as it is where an invoice is issued.
  const inputs = formatInvoiceInputs(parseInvoiceInputs(short, new Map(Object.entries(documents))))
  return { title, inputs, documents, expected: computeInvoice({ inputs, documents }) }
}

function casesOfPage(): readonly InvoiceCase[] {
  return readExamples(sectionsOf(page)).map(({ title, tariff, usage }) => {
    const { period } = usage as { period: { from: string; to: string } }
    const { versions = [{ id: slugOf(title), ...period, document: tariff }] } = tariff as {
      versions?: InvoiceCase['ratings'][number]['versions']
    }
    return { title, ratings: [{ versions, usage }] }
  })
}

function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
