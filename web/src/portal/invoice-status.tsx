/** The state of a bill as people say it. */
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

type Props = Pick<InvoiceSummary, 'status' | 'balanceMinor' | 'creditedMinor'>

/** A bill that was given back whole asks for nothing, and nobody paid it. */
export function InvoiceStatus({ status, balanceMinor, creditedMinor }: Props) {
  const words = useWords(portalWords)
  const names = {
    draft: words.statusDraft,
    issued: words.statusIssued,
    paid: words.statusPaid,
    void: words.statusVoid,
    uncollectible: words.statusUncollectible,
  }
  const isGivenBack = status === 'issued' && balanceMinor === '0' && creditedMinor !== '0'
  if (isGivenBack) {
    return (
      <Badge color="gray" c="var(--mantine-color-text)">
        {words.statusCredited}
      </Badge>
    )
  }
  return (
    <Badge color={colors[status]} c="var(--mantine-color-text)">
      {names[status]}
    </Badge>
  )
}
