/** Where a device stands, in a word and a colour. */
import { Badge } from '@mantine/core'

import type { Device } from '../../api/devices.ts'
import { useWords } from '../../words/language-context.tsx'
import { fleetWords } from './fleet-words.ts'

export function DeviceStateBadge({ device }: { readonly device: Device }) {
  const words = useWords(fleetWords)
  const state = stateOf(device)
  const color = { online: 'petrol', offline: 'gray', never_seen: 'gray', revoked: 'red' }[state]
  return (
    <Badge color={color} c="var(--mantine-color-text)">
      {words[state]}
    </Badge>
  )
}

function stateOf({ revoked, presence, lastSeenAt }: Device): 'online' | 'offline' | 'never_seen' | 'revoked' {
  if (revoked !== null) return 'revoked'
  if (presence?.state === 'online') return 'online'
  return lastSeenAt === null ? 'never_seen' : 'offline'
}
