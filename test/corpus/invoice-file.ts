/** One file of the corpus: what an invoice was computed from, and the bytes that came out. */
import { parseInvoiceInputs, replayInputs } from '../../billing/index.ts'

export type InvoiceFile = {
  readonly title: string
  /** The form that an invoice's inputs have in the ledger. */
  readonly inputs: unknown
  /** The tariff documents that the inputs name. */
  readonly documents: Readonly<Record<string, unknown>>
  readonly expected: Expected
}

export type Expected = {
  /** The canonical text of each line. */
  readonly lines: readonly string[]
  readonly linesMinor: string
  readonly taxes: readonly {
    readonly code: string
    readonly percent: string
    readonly netMinor: string
    readonly taxMinor: string
  }[]
}

export function computeInvoice({ inputs, documents }: Pick<InvoiceFile, 'inputs' | 'documents'>): Expected {
  const { lines, linesMinor, taxes } = replayInputs(
    parseInvoiceInputs(inputs, new Map(Object.entries(documents))),
  )
  return {
    lines,
    linesMinor: linesMinor.toString(),
    taxes: taxes.map(({ netMinor, taxMinor, ...rate }) => {
      return { ...rate, netMinor: netMinor.toString(), taxMinor: taxMinor.toString() }
    }),
  }
}
