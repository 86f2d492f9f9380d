import { describe, expect, it } from 'vitest'

import { readCsvLines, readJsonLines, type ListLine } from './list-lines.ts'
import type { ListColumns } from './list-columns.ts'

const columns: ListColumns = {
  cells: { id: 'text', name: 'text', tags: 'texts', 'address.city': 'text', count: 'count' },
  needed: ['id', 'name'],
  registersIn: 'values',
}
const read = (body: string | Buffer): ListLine[] => [...readCsvLines(columns, Buffer.from(body))]
const utf16 = (text: string) => Buffer.concat([Buffer.from('fffe', 'hex'), Buffer.from(text, 'utf16le')])
const hex = (...parts: readonly string[]) => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex')
const saveAs = (name: string) =>
  `Save the list as UTF-8 and send it again: this line has bytes that are not ${name}.`
const zeroBytes = 'Save the list as UTF-8 without zero bytes and send it again: this line has some.'

describe('a list', () => {
  const text = 'id,name\n1,Größe €\n'
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\u{feff}${text}`)],
    ['UTF-16, little end first', utf16(text)],
    ['UTF-16, big end first', utf16(text).swap16()],
    ['UTF-16 with CRLF', utf16(text.replaceAll('\n', '\r\n'))],
  ])('is read as %s', (_what, body) => {
    expect(read(body)).toEqual([{ line: 2, document: { id: '1', name: 'Größe €' } }])
  })

  it.each([
    ['Windows-1252', Buffer.from('id,name\n1,Gr\u{f6}\u{df}e\n2,ok\n', 'latin1'), saveAs('UTF-8')],
    [
      'UTF-8 that was cut off',
      Buffer.concat([Buffer.from('id,name\n1,'), hex('e2 82'), Buffer.from('\n2,ok')]),
      saveAs('UTF-8'),
    ],
    [
      'half a character of UTF-16',
      Buffer.concat([utf16('id,name\n1,'), hex('00 d8'), Buffer.from('\n2,ok', 'utf16le')]),
      saveAs('UTF-16'),
    ],
    ['a zero byte', Buffer.from('id,name\n1,a\0b\n2,ok\n'), zeroBytes],
    [
      'more bytes than a line may have',
      Buffer.from(`id,name\n1,${'x'.repeat(65_536)}\n2,ok`),
      'Write at most 65536 bytes in a line.',
    ],
  ])('with %s in a line is refused by that number alone', (_what, body, problem) => {
    expect(read(body)).toEqual([
      { line: 2, problem },
      { line: 3, document: { id: '2', name: 'ok' } },
    ])
    const asJson = [...readJsonLines(body)]
    expect(asJson[1]).toEqual({ line: 2, problem })
  })

  it.each([
    [',', 'id,name,tags\n1,"a;b, ""c""",x;y'],
    [';', 'id;name;tags\n1;"a;b, ""c""";"x;y"'],
    ['a tab', 'id\tname\ttags\n1\t"a;b, ""c"""\tx;y'],
    ['; and quoted names', '"id";"name";"tags"\r\n"1";"a;b, ""c""";"x;y"\r\n'],
  ])('separated by %s has its cells', (_what, body) => {
    expect(read(body)).toEqual([{ line: 2, document: { id: '1', name: 'a;b, "c"', tags: ['x', 'y'] } }])
  })

  it('keeps empty cells at both ends apart when tabs separate them', () => {
    expect(read('tags\tid\tname\tcount\n\t1\ta\t')).toEqual([{ line: 2, document: { id: '1', name: 'a' } }])
  })

  it.each([
    [
      'nothing',
      '',
      'Begin with a header line that has "id"; columns are id, name, tags, address.city, count, values.{register}.',
    ],
    [
      'one column',
      'id\n1',
      'Separate the columns of the header line by ",", ";" or a tab, and those of the other lines by the same.',
    ],
    [
      'two separators',
      'id;name,tags\n',
      'Separate the columns of the header line by one sign alone; it has "," and ";".',
    ],
    [
      'all separators',
      'id;name,tags\tcount\n',
      'Separate the columns of the header line by one sign alone; it has "," and ";" and a tab.',
    ],
    ['a needed column missing', 'id,tags', 'Begin with a header line that has "name"; columns are'],
    ['an unknown column', 'id,name,price', 'Rename the column "price"; columns are'],
    ['a column without a name', 'id,name,\n', 'Give column 3 a name or take it out; columns are'],
    [
      'a column twice',
      'id,name,tags,name',
      'Name each column of the header line once; "name" is there twice.',
    ],
    [
      'a column of a register twice',
      'id,name,values.run_s,values.run_s',
      'Name each column of the header line once; "values.run_s" is there twice.',
    ],
    [
      'no register that could be',
      'id,name,values.__proto__',
      'Rename the column "values.__proto__"; columns are',
    ],
    ['a member of every object', 'id,name,constructor', 'Rename the column "constructor"; columns are'],
    ['a quote that is not closed', '"id,name', 'Close the quotes in the header line.'],
    ['Windows-1252', Buffer.from('id,name,gr\u{f6}\u{df}e\n', 'latin1'), saveAs('UTF-8')],
    ['UTF-16 without a byte order mark', Buffer.from('id,name\n', 'utf16le'), zeroBytes],
  ])('whose header has %s is refused whole', (_what, body, detail) => {
    const refusal: unknown = expect.objectContaining({ code: 'import_header_invalid' })
    expect(() => read(body)).toThrow(refusal)
    expect(() => read(body)).toThrow(detail)
  })

  it.each([
    ['a decimal comma', '"12,5"'],
    ['a decimal point', '12.5'],
    ['a sign', '-3'],
    ['a space', '1 000'],
    ['an exponent', '1e3'],
  ])('with %s in a number names the column', (_what, cell) => {
    const detail = (name: string) =>
      `${name}: Write a whole number in digits alone, without a comma, point, sign or space.`
    expect(read(`id,name,values.run_s\n1,a,${cell}`)).toEqual([{ line: 2, problem: detail('values.run_s') }])
    expect(read(`id,name,count\n1,a,${cell}`)).toEqual([{ line: 2, problem: detail('count') }])
  })

  it('puts a column with a dot one level down, and keeps a register in digits', () => {
    expect(read('id,name,address.city,count,values.run_s\n1,a,Linz,12,9007199254740993')).toEqual([
      {
        line: 2,
        document: {
          id: '1',
          name: 'a',
          address: { city: 'Linz' },
          count: 12,
          values: { run_s: '9007199254740993' },
        },
      },
    ])
  })

  it.each(['=1+1', '+49 30 1', '-x', '@SUM(A1)', '=HYPERLINK("http://x")'])(
    'takes %s as plain text',
    (cell) => {
      expect(read(`id;name\n1;"${cell.replaceAll('"', '""')}"`)).toEqual([
        { line: 2, document: { id: '1', name: cell } },
      ])
    },
  )

  it('loses one line alone to a quote that is not closed, and none to a lone carriage return', () => {
    expect(read('id,name\n1,"a\n2,b\n3,c\rd\n4,e')).toEqual([
      { line: 2, problem: 'Close the quotes of each cell, and double those inside it.' },
      { line: 3, document: { id: '2', name: 'b' } },
      { line: 4, document: { id: '3', name: 'c\rd' } },
      { line: 5, document: { id: '4', name: 'e' } },
    ])
  })
})
