/** Before and after of an entry as a list of what differs; the document itself below, for whoever wants all of it. */
import { Code, Table, Text } from '@mantine/core'

import type { AuditEntry } from '../../api/audit.ts'
import { useWords } from '../../words/language-context.tsx'
import { differencesOf } from './differences.ts'
import { officeWords } from './office-words.ts'

export function AuditChange({ entry: { before, after } }: { readonly entry: AuditEntry }) {
  const words = useWords(officeWords)
  const differences = differencesOf(before, after)
  if (differences.length === 0) return '–'
  return (
    <details>
      <summary style={{ minHeight: 24, cursor: 'pointer', whiteSpace: 'nowrap' }}>
        {words.changes(differences.length)}
      </summary>
      <Table fz="xs" mt={4} miw={360} style={{ overflowWrap: 'anywhere' }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{words.member}</Table.Th>
            <Table.Th scope="col">{words.before}</Table.Th>
            <Table.Th scope="col">{words.after}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {differences.map((difference) => (
            <Table.Tr key={difference.path}>
              <Table.Th scope="row" fw={550}>
                {difference.path || '–'}
              </Table.Th>
              <Table.Td>
                {difference.before === undefined ? '–' : <del>{difference.before || words.nothing}</del>}
              </Table.Td>
              <Table.Td>
                {difference.after === undefined ? '–' : <ins>{difference.after || words.nothing}</ins>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <details>
        <summary style={{ minHeight: 24, cursor: 'pointer' }}>
          <Text span size="xs" c="dimmed">
            {words.wholeDocument}
          </Text>
        </summary>
        <Code block>{JSON.stringify({ before, after }, null, 2)}</Code>
      </details>
    </details>
  )
}
