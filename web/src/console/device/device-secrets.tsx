/** The secrets that a device signs in with. A new one is shown once; revoking asks once more first. */
import { Alert, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { createSecret, revokeSecret, secretsQuery } from '../../api/devices.ts'
import { CopyText } from '../../parts/copy-text.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useWords } from '../../words/language-context.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'
import { Instant } from '../instant.tsx'
import { SureButton } from '../sure-button.tsx'
import { useRight } from '../use-rights.ts'

export function DeviceSecrets({ deviceId }: { readonly deviceId: string }) {
  const words = useWords(fleetWords)
  const mayWrite = useRight('devices:write')
  const client = useQueryClient()
  const [made, setMade] = useState<string>()
  const reload = () => client.invalidateQueries({ queryKey: ['secrets', deviceId] })
  const making = useMutation({
    mutationFn: () => createSecret(deviceId),
    onSuccess: async ({ secret }) => {
      setMade(secret)
      await reload()
    },
  })
  const revoking = useMutation({
    mutationFn: (secretId: number) => revokeSecret(deviceId, secretId),
    onSuccess: reload,
  })
  return (
    <Stack>
      {making.isError && <ProblemNotice error={making.error} />}
      {revoking.isError && <ProblemNotice error={revoking.error} />}
      {made !== undefined && (
        <Alert color="yellow" variant="light" title={words.secretOnce}>
          <CopyText text={made} label={words.secret} />
        </Alert>
      )}
      <QueryView query={useQuery(secretsQuery(deviceId))}>
        {({ items }) => (
          <DataTable
            caption={words.secrets}
            rows={items}
            keyOf={({ id }) => id}
            columns={[
              { title: words.secret, cell: ({ id }) => `#${id}` },
              { title: words.created, cell: ({ createdAt }) => <Instant at={createdAt} /> },
              { title: words.lastUsed, cell: ({ lastUsedAt }) => <Instant at={lastUsedAt} /> },
              {
                title: words.status,
                cell: ({ id, revokedAt }) => (
                  <Group gap="sm">
                    <Badge color={revokedAt === null ? 'petrol' : 'gray'} c="var(--mantine-color-text)">
                      {revokedAt === null ? words.active : words.revokedState}
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
        )}
      </QueryView>
      {mayWrite && (
        <Group>
          <Button variant="light" loading={making.isPending} onClick={() => making.mutate()}>
            {words.newSecret}
          </Button>
          <Text size="sm" c="dimmed">
            {words.newSecretNote}
          </Text>
        </Group>
      )}
    </Stack>
  )
}
