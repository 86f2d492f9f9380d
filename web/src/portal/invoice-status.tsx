import { Badge } from '@mantine/core'

import type { InvoiceSummary } from '../api/bills.ts'
import { useWords } from '../words/language-context.tsx'
import { portalWords } from './portal-words.ts'

const colors = {
  draft: 'gray',
  issued: 'yellow',
  paid: 'petrol',
  void: 'gray',
  uncollectible: 'red',
} as const

export function InvoiceStatus({ status }: Pick<InvoiceSummary, 'status'>) {
  const words = useWords(portalWords)
  const names = {
    draft: words.statusDraft,
    issued: words.statusIssued,
    paid: words.statusPaid,
    void: words.statusVoid,
    uncollectible: words.statusUncollectible,
  }
  return (
    <Badge color={colors[status]} c="var(--mantine-color-text)">
      {names[status]}
    </Badge>
  )
}
