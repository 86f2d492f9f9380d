/** Who may sign in, with which role; inviting and removing people. */
import { Badge, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { invitePerson, peopleQuery, removePerson } from '../../api/office.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useForm } from '../../parts/use-form.ts'
import { commonWords, roleName } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { Instant } from '../instant.tsx'
import { SureButton } from '../sure-button.tsx'
import { useRight } from '../use-rights.ts'
import { officeWords } from './office-words.ts'

const manufacturerRoles = ['operator', 'finance', 'auditor', 'manufacturer_admin'] as const

export function PeoplePage() {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('people:write')
  const client = useQueryClient()
  const reload = () => client.invalidateQueries({ queryKey: ['people'] })
  const removing = useMutation({
    mutationFn: (membershipId: string) => removePerson(membershipId, words.removedHere),
    onSuccess: reload,
  })
  return (
    <Stack gap="lg">
      <PageTitle title={common.people} />
      {mayWrite && <Disclosure label={words.invite}>{(close) => <Invitation onDone={close} />}</Disclosure>}
      {removing.isError && <ProblemNotice error={removing.error} />}
      <QueryView query={useQuery(peopleQuery)}>
        {({ items }) => (
          <DataTable
            caption={common.people}
            rows={items}
            keyOf={({ membershipId }) => membershipId}
            columns={[
              { title: common.name, cell: ({ name }) => name },
              { title: common.email, cell: ({ email }) => email },
              { title: words.role, cell: ({ role }) => roleName(common, role) },
              {
                title: words.state,
                cell: ({ state }) => (
                  <Badge color={state === 'active' ? 'petrol' : 'gray'} c="var(--mantine-color-text)">
                    {words[state]}
                  </Badge>
                ),
              },
              { title: words.lastSignIn, cell: ({ lastSignInAt }) => <Instant at={lastSignInAt} /> },
              {
                title: words.remove,
                cell: ({ membershipId }) =>
                  mayWrite && (
                    <SureButton
                      label={words.remove}
                      question={words.removeSure}
                      onSure={() => removing.mutate(membershipId)}
                    />
                  ),
              },
            ]}
          />
        )}
      </QueryView>
    </Stack>
  )
}

function Invitation({ onDone }: { readonly onDone: () => void }) {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const client = useQueryClient()
  const form = useForm({ name: '', email: '', role: manufacturerRoles[0] }, invitePerson, async () => {
    await client.invalidateQueries({ queryKey: ['people'] })
    onDone()
  })
  return (
    <FormFrame form={form} submitLabel={words.invite}>
      <TextInput required label={common.name} {...form.field('name')} />
      <TextInput required type="email" label={common.email} {...form.field('email')} />
      <NativeSelect
        label={words.role}
        data={manufacturerRoles.map((role) => ({ value: role, label: roleName(common, role) }))}
        {...form.field('role')}
      />
      <Text size="sm" c="dimmed">
        {words.inviteNote}
      </Text>
    </FormFrame>
  )
}
