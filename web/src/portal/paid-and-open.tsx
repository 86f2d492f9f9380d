/** What of an issued invoice is paid and open, and until when it is to be paid. */
import { Text } from '@mantine/core'

import type { Invoice } from '../api/bills.ts'
import { decimalsOf, formatAmount, placeDecimals } from '../format/exact-number.ts'
import { formatDay, startOfDay } from '../format/instants.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { paymentWords } from './payment-words.ts'

export function PaidAndOpen({ invoice }: { readonly invoice: Invoice }) {
  const words = useWords(paymentWords)
  const { locale } = useLanguage()
  const { paidMinor, openMinor, total, currency, dueOn } = invoice
  const say = (minor: string) =>
    formatAmount(placeDecimals(BigInt(minor), decimalsOf(total)), currency, locale)
  const parts = [
    ...(paidMinor === '0' ? [] : [words.paid(say(paidMinor))]),
    ...(openMinor === '0' ? [] : [words.open(say(openMinor))]),
    ...(openMinor === '0' || dueOn === null
      ? []
      : [words.dueOn(formatDay(startOfDay(dueOn, 'UTC'), { locale, timeZone: 'UTC' }))]),
  ]
  if (parts.length === 0) return null
  return (
    <Text size="sm" mt={4}>
      {parts.join(', ')}
    </Text>
  )
}
