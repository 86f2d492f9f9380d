/** Who of a customer may sign in to the portal. */
import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { peopleQuery } from '../../api/people.ts'
import { Pager, type Cursors } from '../../parts/pager.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { InvitationForm } from '../office/invitation-form.tsx'
import { officeWords } from '../office/office-words.ts'
import { PeopleTable } from '../office/people-table.tsx'
import { Section } from '../section.tsx'
import { useRight } from '../use-rights.ts'
import { customersWords } from './customers-words.ts'

export function CustomerPeople({ customerId }: { readonly customerId: string }) {
  const words = useWords(customersWords)
  const office = useWords(officeWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('people:write')
  const [cursors, setCursors] = useState<Cursors>()
  return (
    <Section title={common.people}>
      <Stack>
        <QueryView query={useQuery(peopleQuery({ customerId }, cursors?.at(-1)))} outlines={2}>
          {({ items, nextAfter }) =>
            items.length === 0 && cursors === undefined ? (
              <Text c="dimmed">{words.noPeople}</Text>
            ) : (
              <>
                <PeopleTable people={items} kind="customer" />
                <Pager cursors={cursors} nextAfter={nextAfter} onTurn={setCursors} />
              </>
            )
          }
        </QueryView>
        {mayWrite && (
          <Disclosure label={office.invite}>
            {(close) => <InvitationForm kind="customer" customerId={customerId} onDone={close} />}
          </Disclosure>
        )}
      </Stack>
    </Section>
  )
}
