/** The contracts of the customer; whoever has several chooses which one a page is about. */
import { NativeSelect } from '@mantine/core'
import { IconFileText } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'

import { contractsQuery, type Contract } from '../api/contracts.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { useWords } from '../words/language-context.tsx'
import { portalWords } from './portal-words.ts'

export function ContractChoice({ children }: { readonly children: (contract: Contract) => ReactNode }) {
  const words = useWords(portalWords)
  const [chosenId, setChosenId] = useState<string>()
  return (
    <QueryView query={useQuery(contractsQuery())}>
      {({ items }) => {
        const contract = items.find(({ id }) => id === chosenId) ?? items[0]
        if (contract === undefined) {
          return (
            <EmptyState
              icon={<IconFileText size={26} />}
              title={words.noContractTitle}
              text={words.noContractText}
            />
          )
        }
        return (
          <>
            {items.length > 1 && (
              <NativeSelect
                mb="lg"
                maw={360}
                label={words.contract}
                value={contract.id}
                onChange={(event) => setChosenId(event.currentTarget.value)}
                data={items.map(({ id, tariffName, assignments }) => ({
                  value: id,
                  label: words.contractOption(tariffName, assignments.length),
                }))}
              />
            )}
            {children(contract)}
          </>
        )
      }}
    </QueryView>
  )
}
