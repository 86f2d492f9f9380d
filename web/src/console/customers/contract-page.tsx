/** One contract: which machines it covers when, and what the running period costs so far, as the customer sees it. */
import { Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'

import { contractQuery, endAssignment, type Contract } from '../../api/contracts.ts'
import { formatInstant } from '../../format/instants.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { LiveCost } from '../../portal/live-cost.tsx'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { Section } from '../section.tsx'
import { SureButton } from '../sure-button.tsx'
import { useRight } from '../use-rights.ts'
import { AssignmentForm } from './assignment-form.tsx'
import { ManualLines } from './manual-lines.tsx'
import { customersWords } from './customers-words.ts'

export function ContractPage() {
  const { contractId = '' } = useParams({ strict: false })
  const words = useWords(customersWords)
  const maySeeBills = useRight('bills:read')
  return (
    <QueryView query={useQuery(contractQuery(contractId))}>
      {(contract) => (
        <Stack gap="xl">
          <PageTitle
            title={contract.tariffName}
            note={
              <TextLink to="/customers/$customerId" params={{ customerId: contract.customerId }}>
                {contract.customerName}
              </TextLink>
            }
          >
            <Text size="sm" c="dimmed">
              {words.contract} {contract.id}
            </Text>
          </PageTitle>
          <Machines contract={contract} />
          {maySeeBills && (
            <Section title={words.soFar}>
              <div style={{ maxWidth: 720 }}>
                <LiveCost contract={contract} />
              </div>
            </Section>
          )}
          {maySeeBills && <ManualLines contract={contract} />}
        </Stack>
      )}
    </QueryView>
  )
}

function Machines({ contract }: { readonly contract: Contract }) {
  const words = useWords(customersWords)
  const { locale } = useLanguage()
  const mayWrite = useRight('customers:write')
  const client = useQueryClient()
  const reload = () => client.invalidateQueries({ queryKey: ['contract', contract.id] })
  const ending = useMutation({
    mutationFn: (id: string) => endAssignment(id, new Date().toISOString()),
    onSuccess: reload,
  })
  const show = (at: string) => formatInstant(at, { locale, timeZone: contract.timeZone }, 'short')
  return (
    <Section title={words.machines}>
      <Stack>
        {ending.isError && <ProblemNotice error={ending.error} />}
        {contract.assignments.length > 0 && (
          <DataTable
            caption={words.machines}
            rows={contract.assignments}
            keyOf={({ id }) => id}
            columns={[
              {
                title: words.device,
                cell: ({ deviceId }) => (
                  <TextLink to="/devices/$deviceId" params={{ deviceId }} fw={600}>
                    {deviceId}
                  </TextLink>
                ),
              },
              { title: words.from, cell: ({ from }) => show(from) },
              {
                title: words.until,
                cell: ({ id, to }) => {
                  if (to !== null) return show(to)
                  if (!mayWrite) return words.open
                  return (
                    <SureButton label={words.end} question={words.endSure} onSure={() => ending.mutate(id)} />
                  )
                },
              },
            ]}
          />
        )}
        {mayWrite && (
          <Disclosure label={words.assign}>
            {(close) => (
              <AssignmentForm
                contract={contract}
                onAssigned={async () => {
                  await reload()
                  close()
                }}
              />
            )}
          </Disclosure>
        )}
      </Stack>
    </Section>
  )
}
