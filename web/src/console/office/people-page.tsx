/** Who may sign in, with which role: the installation's people, or a manufacturer's with those of its customers. */
import { Stack } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'

import { meQuery } from '../../api/me.ts'
import { peopleQuery } from '../../api/people.ts'
import { PageTitle } from '../../parts/page-title.tsx'
import { Pager } from '../../parts/pager.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { useRight } from '../use-rights.ts'
import { InvitationForm } from './invitation-form.tsx'
import { officeWords } from './office-words.ts'
import { PeopleTable } from './people-table.tsx'

export function PeoplePage() {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('people:write')
  const isOfInstallation = useQuery(meQuery).data?.active.manufacturer === null
  const kind = isOfInstallation ? 'installation' : 'manufacturer'
  const { after } = useSearch({ from: '/shell/people' })
  const navigate = useNavigate()
  const query = useQuery({ ...peopleQuery({}, after?.at(-1)), placeholderData: keepPreviousData })
  return (
    <Stack gap="lg">
      <PageTitle title={common.people} />
      {mayWrite && (
        <Disclosure label={words.invite}>
          {(close) => <InvitationForm kind={kind} onDone={close} />}
        </Disclosure>
      )}
      <QueryView query={query}>
        {({ items, nextAfter }) => (
          <>
            <PeopleTable people={items} kind={kind} />
            <Pager
              cursors={after}
              nextAfter={nextAfter}
              onTurn={(cursors) => void navigate({ to: '/people', search: { after: cursors } })}
            />
          </>
        )}
      </QueryView>
    </Stack>
  )
}
