import { describe, expect, it } from 'vitest'
import {
  findBadNames,
  findIncompleteFolders,
  findLongFiles,
  findMissingHeaders,
  findUnseenFolders,
  findUntestedInvariants,
} from './file-rules.ts'

const lines = (count: number): string => 'line\n'.repeat(count)

describe('findBadNames', () => {
  it.each([
    'core/utils.ts',
    'core/date-utils.ts',
    'core/helpers.ts',
    'billing/invoice-helper.test.ts',
    'core/misc.ts',
    'core/common.ts',
    'core/types.ts',
    'core/shared/money.ts',
    'core/utils/money.ts',
    'core/Money.ts',
    'core/moneyTable.ts',
    'core/money_table.ts',
    'core/MoneyTable/money.ts',
    'core/money.spec.ts',
    'core/-money.ts',
    'core/money..ts',
  ])('refuses %s', (path) => {
    expect(findBadNames([{ path, text: '' }])).toHaveLength(1)
  })

  it.each([
    'core/money.ts',
    'core/wire-format.ts',
    'metering/metering-types.ts',
    'core/money.prop.test.ts',
    'db/migrate.db.test.ts',
    'test/e2e/demo.e2e.test.ts',
    'test/contract/store.contract.ts',
    'test/contract/sqlite-store.contract.test.ts',
    'vitest.config.ts',
    'devices-sim/model/drill.ts',
  ])('takes %s', (path) => {
    expect(findBadNames([{ path, text: '' }])).toEqual([])
  })
})

describe('findMissingHeaders', () => {
  it('refuses a source file of more than 30 lines that begins with code', () => {
    const files = [
      { path: 'core/money.ts', text: `import x from 'y'\n${lines(30)}` },
      { path: 'core/period.ts', text: `/**\n * Service periods.\n */\n${lines(30)}` },
      { path: 'core/small.ts', text: lines(30) },
      { path: 'core/listed.ts', text: lines(31) },
      { path: 'core/money.test.ts', text: lines(99) },
    ]
    expect(findMissingHeaders(files, ['core/listed.ts'])).toEqual([
      'core/money.ts does not begin with a header comment.',
    ])
  })
})

describe('findLongFiles', () => {
  it('refuses a source file over the maximum, and a listed one over what it is allowed', () => {
    const files = [
      { path: 'core/a.ts', text: lines(400) },
      { path: 'core/b.ts', text: lines(401) },
      { path: 'core/c.ts', text: lines(500) },
      { path: 'core/d.ts', text: lines(501) },
      { path: 'core/a.test.ts', text: lines(900) },
    ]
    expect(findLongFiles(files, 400, { 'core/c.ts': 500, 'core/d.ts': 500 })).toEqual([
      'core/b.ts has 401 lines, more than 400.',
      'core/d.ts has 501 lines, more than 500.',
    ])
  })
})

describe('findIncompleteFolders', () => {
  it('names each file that a folder lacks', () => {
    const wanted = { core: ['index.ts', 'README.md'], docs: ['README.md'] }
    expect(findIncompleteFolders(wanted, new Set(['core/index.ts', 'docs/README.md']))).toEqual([
      'core/ has no README.md.',
    ])
  })
})

describe('findUnseenFolders', () => {
  it('refuses that a folder has too few files or none', () => {
    const files = [{ path: 'core/a.ts', text: '' }]
    expect(findUnseenFolders(files, { core: 1 })).toEqual([])
    expect(findUnseenFolders(files, { core: 2, db: 1 })).toEqual([
      'Only 1 files of core/ were seen; there are at least 2.',
      'Only 0 files of db/ were seen; there are at least 1.',
    ])
  })
})

describe('findUntestedInvariants', () => {
  it('finds invariants at the beginning of titles only, as whole words', () => {
    const text = [
      "describe('I1 An acknowledged reading is durable', () => {",
      "  it.each([])('I2 counts %s once', () => {})",
      "  it(\n    'I3 sums up', () => {})",
      "  // I4 is elsewhere, and so is it('x about I4', () => {})",
      "  it('I55 is another', () => {})",
    ].join('\n')
    const files = [
      { path: 'test/a.e2e.test.ts', text },
      { path: 'core/a.ts', text: "it('I6 is not here', () => {})" },
    ]
    expect(findUntestedInvariants(files, ['I1', 'I2', 'I3', 'I4', 'I5', 'I6'])).toEqual([
      'No test is titled with I4.',
      'No test is titled with I5.',
      'No test is titled with I6.',
    ])
  })
})
