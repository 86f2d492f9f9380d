/** PDF and XML of a bill to take along, once they are made; for the office also why they are not, and another try. */
import { Button, Group, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { retryDocument, type Invoice } from '../api/bills.ts'
import { useRight } from '../console/use-rights.ts'
import { useWords } from '../words/language-context.tsx'
import { portalWords } from './portal-words.ts'

export function BillDocuments({ invoice }: { readonly invoice: Invoice }) {
  const words = useWords(portalWords)
  const mayRetry = useRight('bills:write')
  const client = useQueryClient()
  const retry = useMutation({
    mutationFn: () => retryDocument(invoice.id),
    onSettled: () => client.invalidateQueries({ queryKey: ['invoice', invoice.id] }),
  })
  const { document, id } = invoice
  if (document === null) return null
  if (document.state === 'done') {
    return (
      <Group gap="xs" mt="sm">
        <Button component="a" href={`/v1/invoices/${id}/pdf`} download variant="light" size="xs">
          {words.pdf}
        </Button>
        <Button component="a" href={`/v1/invoices/${id}/xml`} download variant="light" size="xs">
          {words.xml}
        </Button>
      </Group>
    )
  }
  if (document.state === 'waiting' || !mayRetry) {
    return (
      <Text size="sm" c="dimmed" mt="sm">
        {words.documentsWait}
      </Text>
    )
  }
  return (
    <Group gap="xs" mt="sm">
      <Text size="sm">
        {words.documentsFailed} {document.problem}
      </Text>
      <Button variant="light" size="xs" loading={retry.isPending} onClick={() => retry.mutate()}>
        {words.retryDocuments}
      </Button>
    </Group>
  )
}
