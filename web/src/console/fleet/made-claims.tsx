/** New claim codes, shown this once, to be copied as a list. */
import { Alert, Text } from '@mantine/core'

import { CopyText } from '../../parts/copy-text.tsx'
import { useWords } from '../../words/language-context.tsx'
import type { MadeClaim } from './claim-form.tsx'
import { fleetWords } from './fleet-words.ts'

export function MadeClaims({ claims }: { readonly claims: readonly MadeClaim[] }) {
  const words = useWords(fleetWords)
  const lines = claims.map(({ code, deviceId, serial }) =>
    [deviceId, serial, code].filter((text) => text !== undefined).join('  '),
  )
  return (
    <Alert color="yellow" variant="light" title={words.claimsOnce(claims.length)}>
      <Text size="sm" mb="xs" c="var(--mantine-color-text)">
        {words.claimsOnceText}
      </Text>
      <div style={{ maxHeight: 320, overflowY: 'auto' }}>
        <CopyText text={lines.join('\n')} label={words.claimCodes} />
      </div>
    </Alert>
  )
}
