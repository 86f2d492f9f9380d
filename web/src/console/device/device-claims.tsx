/** A claim code for this machine, for when it has lost its secret, and where those that were made for it stand. */
import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { claimsQuery, createClaims } from '../../api/device-access.ts'
import type { Device } from '../../api/devices.ts'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import type { MadeClaim } from '../fleet/claim-form.tsx'
import { ClaimTable } from '../fleet/claim-table.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'
import { MadeClaims } from '../fleet/made-claims.tsx'
import { useRight } from '../use-rights.ts'

const GOOD_FOR_MS = 7 * 86_400_000

export function DeviceClaims({ device }: { readonly device: Device }) {
  const words = useWords(fleetWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('devices:write')
  const client = useQueryClient()
  const [made, setMade] = useState<readonly MadeClaim[]>()
  const making = useMutation({
    mutationFn: () =>
      createClaims({
        modelId: device.modelId,
        expiresAt: new Date(Date.now() + GOOD_FOR_MS).toISOString(),
        claims: [{ deviceId: device.id }],
      }),
    onSuccess: async ({ items }) => {
      setMade(items.map((item) => ({ ...item, deviceId: device.id })))
      await client.invalidateQueries({ queryKey: ['claims'] })
    },
  })
  return (
    <Stack>
      {making.isError && <ProblemNotice error={making.error} />}
      {made !== undefined && <MadeClaims claims={made} />}
      <QueryView query={useQuery(claimsQuery({ deviceId: device.id }, undefined))} outlines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Text c="dimmed">{words.noClaimsOfDevice}</Text>
          ) : (
            <ClaimTable claims={items} />
          )
        }
      </QueryView>
      <Group>
        {mayWrite && (
          <Button variant="light" loading={making.isPending} onClick={() => making.mutate()}>
            {words.newClaimOfDevice}
          </Button>
        )}
        <Text size="sm" c="dimmed">
          {words.newClaimNote} <TextLink to="/claims">{common.claims}</TextLink>
        </Text>
      </Group>
    </Stack>
  )
}
