/** The step that ties customer, tariff and machine together: a contract, then the machine it covers. */
import { NativeSelect, Stack, Text } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import type { Contract } from '../../api/contracts.ts'
import { customersQuery } from '../../api/customers.ts'
import { devicesQuery } from '../../api/devices.ts'
import { QueryView } from '../../parts/query-view.tsx'
import { useWords } from '../../words/language-context.tsx'
import { AssignmentForm } from '../customers/assignment-form.tsx'
import { ContractForm } from '../customers/contract-form.tsx'
import { setUpWords } from './set-up-words.ts'

export function ContractStep({ onDone }: { readonly onDone: () => unknown }) {
  const words = useWords(setUpWords)
  const [chosenId, setChosenId] = useState<string>()
  const [contract, setContract] = useState<Contract>()
  const devices = useQuery(devicesQuery({}, undefined, 1))
  const customers = useInfiniteQuery(customersQuery())
  if (contract !== undefined) {
    return (
      <Stack gap="sm">
        <Text role="status" fw={600}>
          {words.assignNow}
        </Text>
        <AssignmentForm contract={contract} deviceId={devices.data?.items[0]?.id ?? ''} onAssigned={onDone} />
      </Stack>
    )
  }
  return (
    <QueryView query={customers} outlines={2}>
      {({ pages }) => {
        const known = pages.flatMap(({ items }) => items)
        const customerId = chosenId ?? known[0]?.id ?? ''
        return (
          <Stack gap="sm">
            <NativeSelect
              label={words.chooseCustomer}
              value={customerId}
              data={known.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(event) => setChosenId(event.currentTarget.value)}
            />
            <ContractForm customerId={customerId} onCreated={setContract} />
          </Stack>
        )
      }}
    </QueryView>
  )
}
