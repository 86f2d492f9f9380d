/** Whether the manufacturer's people get a mail each morning about what needs them. */
import { Stack, Switch } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { updateManufacturer, type Manufacturer } from '../../api/office.ts'
import type { Versioned } from '../../api/request.ts'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { useWords } from '../../words/language-context.tsx'
import { officeWords } from './office-words.ts'

type Props = { readonly manufacturer: Versioned<Manufacturer>; readonly mayWrite: boolean }

export function DigestSwitch({ manufacturer: { item, etag }, mayWrite }: Props) {
  const words = useWords(officeWords)
  const client = useQueryClient()
  const switching = useMutation({
    mutationFn: (hasDigest: boolean) => updateManufacturer({ hasDigest }, etag),
    onSettled: () => client.invalidateQueries({ queryKey: ['manufacturer'] }),
  })
  return (
    <Stack gap="sm">
      {switching.isError && <ProblemNotice error={switching.error} />}
      <Switch
        label={words.digestLabel}
        description={words.digestNote}
        checked={item.hasDigest}
        disabled={!mayWrite || switching.isPending}
        onChange={(event) => switching.mutate(event.currentTarget.checked)}
      />
    </Stack>
  )
}
