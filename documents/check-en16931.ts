/**
 * The business rules of EN 16931-1 that a document can break, as far as sums, taxes, presence and forms go. Rules that hold
 * by construction (one currency, each amount of the right element) are not checked again; rules about what our documents never
 * have (payees, allowances, tax representatives) are not here. Not a substitute for the official validator of a network
 * such as Peppol, which has rules of its own.
 */
import type { InvoiceDocument } from './invoice-document.ts'
import { checkPresence } from './rules/presence-rules.ts'
import { checkSums } from './rules/sum-rules.ts'
import { checkTaxes } from './rules/tax-rules.ts'
import { checkValues } from './rules/value-rules.ts'
import type { Violation } from './rules/violation.ts'

/** Every violation, in the order presence, values, taxes, sums; none for a document that can be issued. */
export function checkEn16931(document: InvoiceDocument): readonly Violation[] {
  const values = checkValues(document)
  // Without a known currency there are no amounts to add up.
  const hasCurrency = !values.some(({ pointer }) => pointer === '/currency')
  return [
    ...checkPresence(document),
    ...values,
    ...(hasCurrency ? [...checkTaxes(document), ...checkSums(document)] : []),
  ]
}
