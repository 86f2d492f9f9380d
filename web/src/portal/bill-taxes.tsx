/** What a bill is before tax, the tax of each rate with how it was computed, and what is to be paid. */
import { Text } from '@mantine/core'

import type { TaxedBill, TaxGroup } from '../api/bills.ts'
import { formatAmount, formatNumber } from '../format/exact-number.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { portalWords } from './portal-words.ts'
import classes from './portal.module.css'

export function BillTaxes({ bill }: { readonly bill: TaxedBill }) {
  const words = useWords(portalWords)
  const { locale } = useLanguage()
  const money = (amount: string) => formatAmount(amount, bill.currency, locale)
  return (
    <section className="card" aria-label={words.tax}>
      <ul className={classes.list}>
        <Row name={words.beforeTax} amount={money(bill.net)}>
          {bill.prices === 'gross' && words.pricesHoldTax}
        </Row>
        {bill.taxes.map((group) => (
          <TaxRow key={`${group.code} ${group.percent}`} group={group} money={money} />
        ))}
        <Row name={words.withTax} amount={money(bill.total)} isStrong />
      </ul>
    </section>
  )
}

type TaxRowProps = { readonly group: TaxGroup; readonly money: (amount: string) => string }

function TaxRow({ group, money }: TaxRowProps) {
  const words = useWords(portalWords)
  const { language, locale } = useLanguage()
  const { percent, net, tax, notes, sentence } = group
  return (
    <Row name={words.taxOf(formatNumber(percent, locale), money(net))} amount={money(tax)}>
      {[...notes, sentence].map((text) => (
        <span key={text.en} style={{ display: 'block' }}>
          {text[language]}
        </span>
      ))}
    </Row>
  )
}

type RowProps = {
  readonly name: string
  readonly amount: string
  readonly isStrong?: boolean
  readonly children?: React.ReactNode
}

function Row({ name, amount, isStrong = false, children }: RowProps) {
  return (
    <li className={classes.item}>
      <div className={classes.row}>
        <Text span fw={isStrong ? 700 : 400}>
          {name}
        </Text>
        <Text span fw={isStrong ? 700 : 600} className="numeric">
          {amount}
        </Text>
      </div>
      {children !== undefined && children !== false && (
        <Text size="sm" c="dimmed">
          {children}
        </Text>
      )}
    </li>
  )
}
