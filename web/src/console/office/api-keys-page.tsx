/** Keys of programs: what each may do, when it was used; a new one is shown once. */
import { Alert, Badge, Checkbox, Group, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { meQuery, type Right } from '../../api/me.ts'
import { apiKeysQuery, createApiKey, revokeApiKey } from '../../api/office.ts'
import { CopyText } from '../../parts/copy-text.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { EmptyState } from '../../parts/empty-state.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { PageTitle } from '../../parts/page-title.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useForm } from '../../parts/use-form.ts'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { Instant } from '../instant.tsx'
import { SureButton } from '../sure-button.tsx'
import { useRight } from '../use-rights.ts'
import { officeWords } from './office-words.ts'

export function ApiKeysPage() {
  const words = useWords(officeWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('keys:write')
  const client = useQueryClient()
  const [made, setMade] = useState<string>()
  const reload = () => client.invalidateQueries({ queryKey: ['api-keys'] })
  const revoking = useMutation({ mutationFn: revokeApiKey, onSuccess: reload })
  return (
    <Stack gap="lg">
      <PageTitle title={common.apiKeys} />
      {mayWrite && (
        <Disclosure label={words.newKey}>
          {(close) => (
            <KeyForm
              onMade={async (key) => {
                setMade(key)
                close()
                await reload()
              }}
            />
          )}
        </Disclosure>
      )}
      {made !== undefined && (
        <Alert color="yellow" variant="light" title={words.keyOnce}>
          <CopyText text={made} label={words.key} />
        </Alert>
      )}
      {revoking.isError && <ProblemNotice error={revoking.error} />}
      <QueryView query={useQuery(apiKeysQuery)}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={<IconKey size={26} />} title={words.noKeysTitle} text={words.noKeysText} />
          ) : (
            <DataTable
              caption={common.apiKeys}
              rows={items}
              keyOf={({ id }) => id}
              columns={[
                { title: words.label, cell: ({ label }) => label },
                { title: words.scopes, cell: ({ scopes }) => scopes.join(', ') },
                { title: words.created, cell: ({ createdAt }) => <Instant at={createdAt} /> },
                { title: words.lastUsed, cell: ({ lastUsedAt }) => <Instant at={lastUsedAt} /> },
                { title: words.expires, cell: ({ expiresAt }) => <Instant at={expiresAt} /> },
                {
                  title: words.state,
                  cell: ({ id, revokedAt }) => (
                    <Group gap="sm">
                      <Badge color={revokedAt === null ? 'petrol' : 'gray'} c="var(--mantine-color-text)">
                        {revokedAt === null ? words.active : words.revoked}
                      </Badge>
                      {mayWrite && revokedAt === null && (
                        <SureButton
                          label={words.revoke}
                          question={words.revokeSure}
                          onSure={() => revoking.mutate(id)}
                        />
                      )}
                    </Group>
                  ),
                },
              ]}
            />
          )
        }
      </QueryView>
    </Stack>
  )
}

function KeyForm({ onMade }: { readonly onMade: (key: string) => unknown }) {
  const words = useWords(officeWords)
  const rights = useQuery(meQuery).data?.active.rights ?? []
  const [scopes, setScopes] = useState<Right[]>([])
  const form = useForm(
    { label: '' },
    ({ label }) => createApiKey({ label, scopes }),
    ({ key }) => onMade(key),
  )
  return (
    <FormFrame form={form} submitLabel={words.newKey}>
      <TextInput required label={words.label} {...form.field('label')} />
      <Checkbox.Group
        label={words.scopes}
        value={scopes}
        onChange={(chosen) => setScopes(rights.filter((right) => chosen.includes(right)))}
      >
        <SimpleGrid cols={2} mt="xs" spacing="xs">
          {rights.map((right) => (
            <Checkbox key={right} value={right} label={right} />
          ))}
        </SimpleGrid>
      </Checkbox.Group>
    </FormFrame>
  )
}
