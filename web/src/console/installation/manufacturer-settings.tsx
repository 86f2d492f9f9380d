/** A manufacturer's settings, to be read: its own people change them. */
import { Text } from '@mantine/core'

import type { Manufacturer } from '../../api/office.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import classes from '../office/office.module.css'
import { installationWords } from './installation-words.ts'

type Props = { readonly manufacturer: Manufacturer; readonly onClose: () => void }

export function ManufacturerSettings({ manufacturer, onClose }: Props) {
  const words = useWords(installationWords)
  const { language } = useLanguage()
  const { id, name, currency, timeZone, languages, invoicePrefix, seller, mailSender, stripe } = manufacturer
  const names = new Intl.DisplayNames([language], { type: 'language' })
  return (
    <Dialog size="lg" title={words.settingsOf(name)} onClose={onClose}>
      <Text size="sm" c="dimmed" mb="md">
        {words.settingsNote}
      </Text>
      <dl className={classes.facts}>
        <dt>{words.id}</dt>
        <dd>{id}</dd>
        <dt>{words.currency}</dt>
        <dd>{currency}</dd>
        <dt>{words.timeZone}</dt>
        <dd>{timeZone}</dd>
        <dt>{words.languages}</dt>
        <dd>{languages.map((code) => names.of(code)).join(', ')}</dd>
        <dt>{words.invoicePrefix}</dt>
        <dd>{invoicePrefix}</dd>
        <dt>{words.seller}</dt>
        <dd>
          {seller === null
            ? words.notSet
            : [
                seller.legalName,
                ...seller.addressLines,
                `${seller.postalCode} ${seller.city}`,
                seller.country,
                seller.taxId,
                seller.email,
                seller.phone,
              ].join(', ')}
        </dd>
        <dt>{words.sender}</dt>
        <dd>{mailSender === null ? words.notSet : `${mailSender.name} <${mailSender.address}>`}</dd>
        <dt>{words.payments}</dt>
        <dd>{stripe.isConnected ? words.connected(stripe.mode ?? '') : words.notConnected}</dd>
        <dt>{words.since}</dt>
        <dd>
          <Instant at={manufacturer.createdAt} />
        </dd>
      </dl>
    </Dialog>
  )
}
