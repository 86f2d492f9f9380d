import { declareErrors } from '../core/index.ts'

export const documentErrors = declareErrors({
  document_incomplete: {
    kind: 'validation',
    title: 'The invoice lacks something that every invoice must say',
  },
  document_sums_wrong: { kind: 'validation', title: 'The amounts of the invoice do not add up' },
  document_tax_invalid: {
    kind: 'validation',
    title: 'The taxes of the invoice are not as the law wants them',
  },
  document_value_invalid: { kind: 'validation', title: 'A value of the invoice cannot be written' },
  document_text_unprintable: { kind: 'validation', title: 'A text has characters that cannot be printed' },
})
