/** The prices of a version, exact as published: as many decimals as the document has. */
import { Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { modelsQuery } from '../../api/catalogue.ts'
import type { TariffDocument, TariffItem } from '../../api/tariffs.ts'
import { formatAmount, formatNumber } from '../../format/exact-number.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { registerName } from '../../words/register-name.ts'
import { catalogueWords } from './catalogue-words.ts'

type Props = { readonly document: TariffDocument; readonly caption: string }

export function TariffPrices({ document, caption }: Props) {
  const words = useWords(catalogueWords)
  const common = useWords(commonWords)
  const { locale } = useLanguage()
  const models = useQuery(modelsQuery)
  const registers = models.data?.items.flatMap((model) => model.registers) ?? []
  const priceOf = (item: TariffItem) => {
    const price = formatAmount(item.price, document.currency, locale)
    return item.type === 'flat' ? words.pricePerPeriod(price) : words.pricePerUnit(price, item.unit)
  }
  return (
    <>
      <DataTable
        caption={caption}
        rows={document.items}
        keyOf={({ id }) => id}
        columns={[
          { title: words.description, cell: ({ description }) => <Text fw={550}>{description}</Text> },
          { title: words.price, isNumeric: true, cell: priceOf },
          {
            title: words.register,
            cell: (item) => {
              if (item.type === 'flat') return '–'
              const register = registers.find(({ name }) => name === item.register)
              const base = register?.unit ?? item.register
              return (
                <>
                  {registerName(register ?? { name: item.register }, common)}
                  <Text size="xs" c="dimmed">
                    {words.unitOf(formatNumber(String(item.per), locale), item.unit, base)}
                  </Text>
                </>
              )
            },
          },
        ]}
      />
      <Group gap="lg">
        <Text size="sm" c="dimmed">
          {words.currency}: {document.currency}
        </Text>
        <Text size="sm" c="dimmed">
          {words.rounding}: {words[document.rounding]}
        </Text>
      </Group>
    </>
  )
}
