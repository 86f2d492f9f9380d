/** People with their roles and how far they have come in; who may opens each to change it. */
import { Badge, Button } from '@mantine/core'
import { useState } from 'react'

import type { Colleague } from '../../api/people.ts'
import { DataTable, type Column } from '../../parts/data-table.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { commonWords, roleName } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { useRight } from '../use-rights.ts'
import { officeWords } from './office-words.ts'
import { PersonDialog } from './person-dialog.tsx'
import type { TenantKind } from './roles.ts'

type Props = {
  readonly people: readonly Colleague[]
  /** Of those who belong to no customer. */
  readonly kind: TenantKind
}

export function PeopleTable({ people, kind }: Props) {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('people:write')
  const [openedId, setOpenedId] = useState<string>()
  const opened = people.find(({ membershipId }) => membershipId === openedId)
  const ofCustomer: Column<Colleague> = {
    title: words.customer,
    cell: ({ customerId }) =>
      customerId === null ? (
        '–'
      ) : (
        <TextLink to="/customers/$customerId" params={{ customerId }}>
          {customerId}
        </TextLink>
      ),
  }
  const change: Column<Colleague> = {
    title: words.change,
    cell: ({ membershipId, name }) => (
      <Button
        size="xs"
        variant="default"
        aria-label={words.changePerson(name)}
        onClick={() => setOpenedId(membershipId)}
      >
        {words.change}
      </Button>
    ),
  }
  return (
    <>
      <DataTable
        caption={common.people}
        rows={people}
        keyOf={({ membershipId }) => membershipId}
        columns={[
          { title: common.name, cell: ({ name }) => name },
          { title: common.email, cell: ({ email }) => email },
          { title: words.role, cell: ({ role }) => roleName(common, role) },
          ...(kind === 'manufacturer' ? [ofCustomer] : []),
          {
            title: words.state,
            cell: ({ state }) => (
              <Badge color={state === 'active' ? 'petrol' : 'gray'} c="var(--mantine-color-text)">
                {words[state]}
              </Badge>
            ),
          },
          { title: words.lastSignIn, cell: ({ lastSignInAt }) => <Instant at={lastSignInAt} /> },
          ...(mayWrite ? [change] : []),
        ]}
      />
      {opened !== undefined && (
        <PersonDialog
          person={opened}
          kind={opened.customerId === null ? kind : 'customer'}
          onClose={() => setOpenedId(undefined)}
        />
      )}
    </>
  )
}
