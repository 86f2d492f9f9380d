/** What the customer of a bill is owed: who reads it gets it, or gives it back. Nothing where nothing is owed. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import type { InvoiceSummary } from '../api/bills.ts'
import { meQuery } from '../api/me.ts'
import { formatAmount } from '../format/exact-number.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { paymentWords } from './payment-words.ts'

type Props = { readonly invoice: Pick<InvoiceSummary, 'balance' | 'balanceMinor' | 'currency'> }

export function OwedBack({ invoice: { balance, balanceMinor, currency } }: Props) {
  const words = useWords(paymentWords)
  const { locale } = useLanguage()
  const me = useQuery(meQuery).data
  if (!balanceMinor.startsWith('-') || me === undefined) return null
  const owed = formatAmount(balance.replace(/^-/, ''), currency, locale)
  return (
    <Text size="sm" fw={600}>
      {me.active.customer === null ? words.giveBack(owed) : words.youGetBack(owed)}
    </Text>
  )
}
