/** Customers, found by name or e-mail, and the form for a new one. */
import { Button, Stack, TextInput } from '@mantine/core'
import { IconSearch, IconUsers } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useDeferredValue, useState } from 'react'

import { customersQuery } from '../../api/customers.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { Instant } from '../instant.tsx'
import { useRight } from '../use-rights.ts'
import { CustomerForm } from './customer-form.tsx'
import { customersWords } from './customers-words.ts'

export function CustomersPage() {
  const words = useWords(customersWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('customers:write')
  const navigate = useNavigate()
  const client = useQueryClient()
  const [text, setText] = useState('')
  const asked = useDeferredValue(text)
  const query = useInfiniteQuery({ ...customersQuery(asked), placeholderData: keepPreviousData })
  return (
    <Stack gap="lg">
      <PageTitle title={words.title} />
      {mayWrite && (
        <Disclosure label={words.newCustomer}>
          {() => (
            <CustomerForm
              onCreated={async ({ id }) => {
                await client.invalidateQueries({ queryKey: ['customers'] })
                await navigate({ to: '/customers/$customerId', params: { customerId: id } })
              }}
            />
          )}
        </Disclosure>
      )}
      <TextInput
        type="search"
        maw={420}
        label={words.searchLabel}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <QueryView query={query}>
        {({ pages }) => {
          const customers = pages.flatMap(({ items }) => items)
          if (customers.length === 0) {
            return (
              <EmptyState
                icon={<IconUsers size={26} />}
                title={asked === '' ? words.noneTitle : words.noMatchTitle}
                text={asked === '' ? words.noneText : words.noMatchText}
              />
            )
          }
          return (
            <>
              <DataTable
                caption={words.title}
                rows={customers}
                keyOf={({ id }) => id}
                columns={[
                  {
                    title: common.name,
                    cell: ({ id, name }) => (
                      <TextLink to="/customers/$customerId" params={{ customerId: id }} fw={600}>
                        {name}
                      </TextLink>
                    ),
                  },
                  { title: common.email, cell: ({ email }) => email },
                  { title: words.city, cell: ({ address }) => address?.city ?? '–' },
                  { title: words.created, cell: ({ createdAt }) => <Instant at={createdAt} /> },
                ]}
              />
              {query.hasNextPage && (
                <Button variant="default" onClick={() => void query.fetchNextPage()}>
                  {common.more}
                </Button>
              )}
            </>
          )
        }}
      </QueryView>
    </Stack>
  )
}
