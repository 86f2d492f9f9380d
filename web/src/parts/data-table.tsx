/** A table with a caption for readers; on narrow screens it scrolls sideways, by keyboard too. */
import { Table } from '@mantine/core'
import type { ReactNode } from 'react'

export type Column<Row> = {
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  readonly isNumeric?: boolean
}

type Props<Row> = {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string | number
}

export function DataTable<Row>({ caption, columns, rows, keyOf }: Props<Row>) {
  return (
    // What scrolls must be reachable by keyboard (WCAG 2.1.1).
    <div
      className="card scroller"
      tabIndex={0}
      role="group"
      aria-label={caption}
      style={{ padding: '4px 8px' }}
    >
      <Table miw={columns.length * 110}>
        <caption className="seen-by-readers-only">{caption}</caption>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ title, isNumeric }) => (
              <Table.Th key={title} scope="col" ta={isNumeric === true ? 'right' : 'left'} c="dimmed" fz="xs">
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)}>
              {columns.map(({ title, cell, isNumeric }) => (
                <Table.Td
                  key={title}
                  ta={isNumeric === true ? 'right' : 'left'}
                  className={isNumeric === true ? 'numeric' : ''}
                >
                  {cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
