/** Who is signed in, for whom that person acts, how the pages look, and the way out. */
import { Button, Divider, NativeSelect, Popover, Stack, Text } from '@mantine/core'
import { IconLogout, IconUserCircle } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'

import { activateMembership, meQuery, signOut, type Me, type Membership } from '../api/me.ts'
import { commonWords, roleName } from '../words/common-words.ts'
import { useWords } from '../words/language-context.tsx'
import { DisplaySettings } from './display-settings.tsx'

export function AccountMenu({ me }: { readonly me: Me }) {
  const words = useWords(commonWords)
  const client = useQueryClient()
  const navigate = useNavigate()
  const switching = useMutation({
    mutationFn: activateMembership,
    // Nothing of the one tenant may be shown to the other.
    onSuccess: async (next) => {
      client.clear()
      client.setQueryData(meQuery.queryKey, next)
      await navigate({ to: '/' })
    },
  })
  const leaving = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      client.clear()
      await navigate({ to: '/sign-in' })
    },
  })
  const { person, memberships, active } = me
  return (
    <Popover position="bottom-end" width={300} trapFocus shadow="md" withRoles>
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          px="xs"
          leftSection={<IconUserCircle size={22} aria-hidden />}
        >
          <span className="seen-by-readers-only">{words.account} </span>
          <Text span size="sm" visibleFrom="sm">
            {person?.name}
          </Text>
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <div>
            <Text fw={600}>{person?.name}</Text>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {person?.email}
            </Text>
            <Text size="sm" c="dimmed">
              {roleName(words, active.role)}
            </Text>
          </div>
          {memberships.length > 1 && (
            <NativeSelect
              label={words.membership}
              value={active.membershipId ?? ''}
              data={memberships.map((membership) => ({
                value: membership.id,
                label: `${tenantName(membership)} · ${roleName(words, membership.role)}`,
              }))}
              onChange={(event) => switching.mutate(event.currentTarget.value)}
            />
          )}
          <DisplaySettings isSignedIn />
          <Divider />
          <Button
            variant="default"
            leftSection={<IconLogout size={18} aria-hidden />}
            loading={leaving.isPending}
            onClick={() => leaving.mutate()}
          >
            {words.signOut}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

function tenantName({ manufacturer, customer }: Membership): string {
  return customer?.name ?? manufacturer?.name ?? 'Usance'
}
