/**
 * The house rules over this source tree. The rules and their own tests, on bad examples, are in `tidy/`.
 * It reads files of the repository and nothing else.
 */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import * as fileRules from './tidy/file-rules.ts'
import * as importRules from './tidy/import-rules.ts'
import { readSourceTree } from './tidy/source-tree.ts'

const root = path.join(import.meta.dirname, '..')
/** All but the tests of the rules, which are full of bad examples. */
const files = readSourceTree(root).filter((file) => !/^test\/tidy\/.*\.test\.ts$/.test(file.path))

/** Files that are longer than 400 lines, with the most they may have. Numbers only go down. */
const longFiles = {
  // Generated.
  'clients/typescript/schema.ts': 20_000,
}

/** Files that had no header comment when the rule came. The list only gets shorter. */
const headerless: readonly string[] = [
  'api/service/problem-routes.ts',
  'billing/create-billing.ts',
  'billing/errors.ts',
  'billing/invoices/invoice-rows.ts',
  'billing/invoices/read-invoices.ts',
  'billing/people/manufacturers.ts',
  'billing/tariffs/tariff-versions.ts',
]

/** About half of what each folder holds: enough to notice that a rule looked at nothing. */
const fewestFiles = {
  core: 12,
  db: 6,
  broker: 6,
  audit: 4,
  mail: 4,
  schedule: 4,
  documents: 12,
  webhooks: 8,
  metering: 8,
  people: 10,
  billing: 30,
  api: 15,
  web: 40,
  'devices-sim': 15,
  'stripe-sandbox': 3,
  app: 12,
  bench: 2,
  test: 8,
}

const face = ['index.ts', 'README.md']
const folderFiles = {
  core: face,
  db: face,
  broker: face,
  audit: face,
  mail: face,
  schedule: face,
  documents: face,
  webhooks: face,
  metering: face,
  people: face,
  billing: face,
  api: face,
  web: face,
  'devices-sim': face,
  'stripe-sandbox': face,
  app: face,
  bench: ['main.ts', 'README.md'],
  test: ['README.md'],
  docs: ['README.md'],
}

describe('the source tree', () => {
  it('is seen, every folder of it', () => {
    expect(fileRules.findUnseenFolders(files, fewestFiles)).toEqual([])
  })

  it('has a face and a README in every folder', () => {
    const existing = Object.keys(folderFiles).flatMap((folder) =>
      readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`),
    )
    expect(fileRules.findIncompleteFolders(folderFiles, new Set(existing))).toEqual([])
  })

  it('imports only in the directions of the design', () => {
    expect(importRules.findWrongDirections(files)).toEqual([])
  })

  it('imports other folders only through their faces', () => {
    expect(importRules.findImportsPastTheFace(files)).toEqual([])
  })

  it('imports nothing that is only for tests', () => {
    expect(importRules.findImportsOfTests(files)).toEqual([])
  })

  it('imports only files that exist, with their ending', () => {
    expect(importRules.findImportsOfNothing(files)).toEqual([])
  })

  it('has no import cycles', () => {
    expect(importRules.findImportCycles(files)).toEqual([])
  })

  it('names files for their content, in kebab-case', () => {
    expect(fileRules.findBadNames(files)).toEqual([])
  })

  it('begins files that decide something with a header comment', () => {
    expect(fileRules.findMissingHeaders(files, headerless)).toEqual([])
  })

  it('has no file over 400 lines but the listed ones', () => {
    expect(fileRules.findLongFiles(files, 400, longFiles)).toEqual([])
  })

  it('tests invariants 1 to 9 and 12 of the design by name', () => {
    const invariants = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I12']
    expect(fileRules.findUntestedInvariants(files, invariants)).toEqual([])
  })
})

describe('the runtime', () => {
  it('is Node 26', () => {
    expect(process.version).toMatch(/^v26\./)
  })
})
