/** Claim codes: a machine that signs in with one gets a secret of its own. New ones are shown once. */
import { Stack } from '@mantine/core'
import { IconTicket } from '@tabler/icons-react'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'

import { claimsQuery } from '../../api/device-access.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { Pager } from '../../parts/pager.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { useRight } from '../use-rights.ts'
import { ClaimForm, type MadeClaim } from './claim-form.tsx'
import { ClaimTable } from './claim-table.tsx'
import { fleetWords } from './fleet-words.ts'
import { MadeClaims } from './made-claims.tsx'

export function ClaimsPage() {
  const words = useWords(fleetWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('devices:write')
  const client = useQueryClient()
  const navigate = useNavigate()
  const { after } = useSearch({ from: '/shell/claims' })
  const [made, setMade] = useState<readonly MadeClaim[]>()
  const query = useQuery({ ...claimsQuery({}, after?.at(-1)), placeholderData: keepPreviousData })
  return (
    <Stack gap="lg">
      <PageTitle title={common.claims} note={words.claimsNote} />
      {mayWrite && (
        <Disclosure label={words.newClaims}>
          {(close) => (
            <ClaimForm
              onMade={async (claims) => {
                setMade(claims)
                close()
                await client.invalidateQueries({ queryKey: ['claims'] })
              }}
            />
          )}
        </Disclosure>
      )}
      {made !== undefined && <MadeClaims claims={made} />}
      <QueryView query={query}>
        {({ items, nextAfter }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<IconTicket size={26} />}
              title={words.noClaimsTitle}
              text={words.noClaimsText}
            />
          ) : (
            <>
              <ClaimTable claims={items} />
              <Pager
                cursors={after}
                nextAfter={nextAfter}
                onTurn={(cursors) => void navigate({ to: '/claims', search: { after: cursors } })}
              />
            </>
          )
        }
      </QueryView>
    </Stack>
  )
}
