/** Claim codes with where each stands, never the codes themselves; ending one that is not used up. */
import { Badge, Group } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { revokeClaim, type Claim } from '../../api/device-access.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { commonWords } from '../../words/common-words.ts'
import { useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { SureButton } from '../sure-button.tsx'
import { useRight } from '../use-rights.ts'
import { fleetWords } from './fleet-words.ts'

const colors = {
  open: 'petrol',
  claimed: 'yellow',
  completed: 'gray',
  expired: 'gray',
  revoked: 'red',
} as const

export function ClaimTable({ claims }: { readonly claims: readonly Claim[] }) {
  const words = useWords(fleetWords)
  const common = useWords(commonWords)
  const mayWrite = useRight('devices:write')
  const client = useQueryClient()
  const ending = useMutation({
    mutationFn: revokeClaim,
    onSuccess: () => client.invalidateQueries({ queryKey: ['claims'] }),
  })
  const names = {
    open: words.claimOpen,
    claimed: words.claimUsed,
    completed: words.claimCompleted,
    expired: words.claimExpired,
    revoked: words.revokedState,
  }
  return (
    <>
      {ending.isError && <ProblemNotice error={ending.error} />}
      <DataTable
        caption={common.claims}
        rows={claims}
        keyOf={({ id }) => id}
        columns={[
          { title: words.number, isNumeric: true, cell: ({ id }) => id },
          {
            title: words.model,
            cell: ({ modelId }) => <span style={{ whiteSpace: 'nowrap' }}>{modelId}</span>,
          },
          {
            title: words.claimFor,
            cell: (claim) => <ForWhom claim={claim} anyone={words.claimForAny} />,
          },
          { title: words.created, cell: ({ createdAt }) => <Instant at={createdAt} /> },
          { title: words.expires, cell: ({ expiresAt }) => <Instant at={expiresAt} /> },
          {
            title: words.status,
            cell: ({ id, state }) => (
              <Group gap="sm">
                <Badge color={colors[state]} c="var(--mantine-color-text)">
                  {names[state]}
                </Badge>
                {mayWrite && (state === 'open' || state === 'claimed') && (
                  <SureButton
                    label={words.endClaim}
                    question={words.endClaimSure}
                    onSure={() => ending.mutate(id)}
                  />
                )}
              </Group>
            ),
          },
        ]}
      />
    </>
  )
}

/** A machine has a page only once it has used its code. */
function ForWhom({ claim, anyone }: { readonly claim: Claim; readonly anyone: string }) {
  const { deviceId, serial, claimedAt } = claim
  if (deviceId === null) return serial ?? anyone
  if (claimedAt === null) return serial === null ? deviceId : `${deviceId}, ${serial}`
  return (
    <TextLink to="/devices/$deviceId" params={{ deviceId }} fw={600}>
      {deviceId}
    </TextLink>
  )
}
