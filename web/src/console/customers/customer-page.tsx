/** One customer: details to correct, contracts, invoices. A change names the version it was made on, so nobody overwrites another. */
import { Stack, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'

import { contractsQuery } from '../../api/contracts.ts'
import { customerQuery } from '../../api/customers.ts'
import { invoicesQuery } from '../../api/bills.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { useWords } from '../../words/language-context.tsx'
import { InvoiceTable } from '../billing/invoice-table.tsx'
import { Disclosure } from '../disclosure.tsx'
import { Instant } from '../instant.tsx'
import { Section } from '../section.tsx'
import { useRight } from '../use-rights.ts'
import { ContractForm } from './contract-form.tsx'
import { CustomerPayment } from './customer-payment.tsx'
import { CustomerPeople } from './customer-people.tsx'
import { CustomerDetails } from './customer-details.tsx'
import { customersWords } from './customers-words.ts'

export function CustomerPage() {
  const { customerId = '' } = useParams({ strict: false })
  const words = useWords(customersWords)
  const maySeeBills = useRight('bills:read')
  const maySeePeople = useRight('people:read')
  return (
    <QueryView query={useQuery(customerQuery(customerId))}>
      {(customer) => (
        <Stack gap="xl">
          <PageTitle title={customer.item.name} note={customer.item.email} />
          <Contracts customerId={customerId} />
          {maySeeBills && <Invoices customerId={customerId} />}
          <CustomerPayment customerId={customerId} />
          {maySeePeople && <CustomerPeople customerId={customerId} />}
          <Section title={words.details}>
            <CustomerDetails key={customer.etag} customer={customer} />
          </Section>
        </Stack>
      )}
    </QueryView>
  )
}

function Contracts({ customerId }: { readonly customerId: string }) {
  const words = useWords(customersWords)
  const mayWrite = useRight('customers:write')
  const client = useQueryClient()
  const navigate = useNavigate()
  return (
    <Section title={words.contracts}>
      <Stack>
        <QueryView query={useQuery(contractsQuery(customerId))} outlines={2}>
          {({ items }) =>
            items.length === 0 ? (
              <Text c="dimmed">{words.noContracts}</Text>
            ) : (
              <DataTable
                caption={words.contracts}
                rows={items}
                keyOf={({ id }) => id}
                columns={[
                  {
                    title: words.tariff,
                    cell: ({ id, tariffName }) => (
                      <TextLink to="/contracts/$contractId" params={{ contractId: id }} fw={600}>
                        {tariffName}
                      </TextLink>
                    ),
                  },
                  {
                    title: words.machines,
                    cell: ({ assignments }) =>
                      assignments
                        .filter(({ to }) => to === null)
                        .map(({ deviceId }) => deviceId)
                        .join(', ') || '–',
                  },
                  { title: words.timeZone, cell: ({ timeZone }) => timeZone },
                  { title: words.startsOn, cell: ({ startsAt }) => <Instant at={startsAt} /> },
                ]}
              />
            )
          }
        </QueryView>
        {mayWrite && (
          <Disclosure label={words.newContract}>
            {() => (
              <ContractForm
                customerId={customerId}
                onCreated={async ({ id }) => {
                  await client.invalidateQueries({ queryKey: ['contracts'] })
                  await navigate({ to: '/contracts/$contractId', params: { contractId: id } })
                }}
              />
            )}
          </Disclosure>
        )}
      </Stack>
    </Section>
  )
}

function Invoices({ customerId }: { readonly customerId: string }) {
  const words = useWords(customersWords)
  const query = useInfiniteQuery(invoicesQuery({ customerId }))
  return (
    <Section title={words.invoices}>
      <QueryView query={query} outlines={2}>
        {({ pages }) => <InvoiceTable invoices={pages.flatMap(({ items }) => items)} />}
      </QueryView>
    </Section>
  )
}
