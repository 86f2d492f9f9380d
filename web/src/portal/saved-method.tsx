/** What is charged by default, so that its owner knows it again, with a warning before it ends. */
import { Stack, Text } from '@mantine/core'
import { useState } from 'react'

import type { SavedMethod as Method } from '../api/stripe.ts'
import { dayOf } from '../format/instants.ts'
import { ownTimeZone } from '../parts/own-time-zone.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { expiryOf } from './method-expiry.ts'
import { payingWords } from './paying-words.ts'

export function SavedMethod({ method }: { readonly method: Method }) {
  const words = useWords(payingWords)
  const { locale } = useLanguage()
  const [today] = useState(() => dayOf(new Date().toISOString(), ownTimeZone))
  const { kind, brand, last4, expiresOn } = method
  const kinds: Readonly<Record<string, string>> = { card: words.card, sepa_debit: words.sepaDebit }
  const name = brand === null ? (kinds[kind] ?? kind) : `${brand.slice(0, 1).toUpperCase()}${brand.slice(1)}`
  const isDebit = kind === 'sepa_debit'
  const ending = last4 === null || !isDebit ? last4 : words.accountEnding(last4)
  const expiry = expiresOn === null ? 'fine' : expiryOf(expiresOn, today)
  return (
    <Stack gap={2}>
      <Text fw={600} className="numeric">
        {ending === null ? name : `${name}${isDebit ? ', ' : ' •••• '}${ending}`}
      </Text>
      {expiresOn !== null && (
        <Text size="sm" c="dimmed">
          {words.validUntil(formatMonth(expiresOn, locale))}
        </Text>
      )}
      {expiry !== 'fine' && (
        <Text size="sm" fw={600} c="var(--warn-ink)">
          {expiry === 'expired' ? words.expired : words.expiresSoon}
        </Text>
      )}
    </Stack>
  )
}

function formatMonth(month: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { month: '2-digit', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  )
}
