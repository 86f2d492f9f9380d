import { describe, expect, it } from 'vitest'
import {
  findImportCycles,
  findImportsOfNothing,
  findImportsOfTests,
  findImportsPastTheFace,
  findWrongDirections,
} from './import-rules.ts'
import { importsOf, topFolderOf, type SourceFile } from './source-tree.ts'

/** A file that imports the given paths. */
function importing(path: string, ...targets: string[]): SourceFile {
  return { path, text: targets.map((target) => `import { thing } from '${target}'\n`).join('') }
}

describe('importsOf', () => {
  it('finds every form of relative import, and files started by URL', () => {
    const text = `import { a } from './a.ts'
import type { B } from "../b/index.ts"
import './c.ts'
import {
  d,
  type E,
} from './d.ts'
export * from './f.ts'
export type { G } from './g.ts'
import fs from 'node:fs'
const lazy = await import('./h.ts')
const worker = new Worker(new URL('./i-worker.ts', import.meta.url))
const page = new URL('https://usance.example/j.ts')
// taken from './k.ts'
`
    const targets = importsOf({ path: 'broker/way/in.ts', text }).map(({ to, isImport }) => [to, isImport])
    expect(targets).toEqual([
      ['broker/way/a.ts', true],
      ['broker/b/index.ts', true],
      ['broker/way/d.ts', true],
      ['broker/way/f.ts', true],
      ['broker/way/g.ts', true],
      ['broker/way/c.ts', true],
      ['broker/way/h.ts', true],
      ['broker/way/i-worker.ts', false],
    ])
  })

  it('places a path in its top folder', () => {
    expect([topFolderOf('billing/rating/rate.ts'), topFolderOf('vitest.config.ts')]).toEqual(['billing', ''])
  })
})

describe('findWrongDirections', () => {
  it.each([
    ['core/a.ts', '../db/index.ts', 'core/a.ts imports db/, which core/ may not.'],
    ['db/a.ts', '../metering/index.ts', 'db/a.ts imports metering/, which db/ may not.'],
    ['metering/a.ts', '../billing/index.ts', 'metering/a.ts imports billing/, which metering/ may not.'],
    ['metering/x/a.ts', '../../broker/index.ts', 'metering/x/a.ts imports broker/, which metering/ may not.'],
    ['broker/a.ts', '../db/index.ts', 'broker/a.ts imports db/, which broker/ may not.'],
    ['billing/a.ts', '../api/index.ts', 'billing/a.ts imports api/, which billing/ may not.'],
    [
      'billing/a.ts',
      '../stripe-sandbox/index.ts',
      'billing/a.ts imports stripe-sandbox/, which billing/ may not.',
    ],
    ['billing/a.ts', '../test/setup/programs.ts', 'billing/a.ts imports test/, which billing/ may not.'],
    ['api/a.ts', '../app/index.ts', 'api/a.ts imports app/, which api/ may not.'],
    ['api/a.ts', '../broker/index.ts', 'api/a.ts imports broker/, which api/ may not.'],
    [
      'devices-sim/a.ts',
      '../broker/index.ts',
      'devices-sim/a.ts imports broker/, which devices-sim/ may not.',
    ],
    [
      'metering/a.db.test.ts',
      '../billing/index.ts',
      'metering/a.db.test.ts imports billing/, which metering/ may not.',
    ],
    ['misc/a.ts', '../core/index.ts', 'misc/a.ts lies in a folder that the import directions do not know.'],
  ])('refuses that %s imports %s', (path, target, sentence) => {
    expect(findWrongDirections([importing(path, target)])).toEqual([sentence])
  })

  it.each([
    ['db/a.ts', '../core/index.ts'],
    ['billing/rating/a.ts', '../../metering/index.ts'],
    ['billing/rating/a.ts', '../money.ts'],
    ['app/a.ts', '../stripe-sandbox/index.ts'],
    ['test/e2e/a.e2e.test.ts', '../../app/index.ts'],
    ['billing/stripe/a.e2e.test.ts', '../../stripe-sandbox/index.ts'],
    ['metering/a.e2e.test.ts', '../test/setup/programs.ts'],
  ])('permits that %s imports %s', (path, target) => {
    expect(findWrongDirections([importing(path, target)])).toEqual([])
  })
})

describe('findImportsPastTheFace', () => {
  it('refuses a file of another folder that is not its index.ts, also as a worker and from tests', () => {
    const worker = {
      path: 'app/b.ts',
      text: "new Worker(new URL('../metering/store-worker.ts', import.meta.url))\n",
    }
    const files = [
      importing('app/a.ts', '../core/money.ts'),
      worker,
      importing('test/c.test.ts', '../db/sqlite.ts'),
      importing('metering/d.ts', '../db/index.ts'),
    ]
    expect(findImportsPastTheFace(files)).toEqual([
      'app/a.ts imports core/money.ts instead of core/index.ts.',
      'app/b.ts imports metering/store-worker.ts instead of metering/index.ts.',
      'test/c.test.ts imports db/sqlite.ts instead of db/index.ts.',
      'metering/d.ts imports db/index.ts instead of db/sqlite-index.ts.',
    ])
  })

  it('permits faces, own files, and the shared helpers of tests', () => {
    const files = [
      importing('app/a.ts', '../core/index.ts', './b.ts', './x/y.ts'),
      importing('metering/b/c.ts', '../../core/index.ts', '../../db/sqlite-index.ts'),
      importing('metering/a.e2e.test.ts', '../test/setup/programs.ts'),
    ]
    expect(findImportsPastTheFace(files)).toEqual([])
  })
})

describe('findImportsOfTests', () => {
  it('refuses that a source file imports a fixture or a test', () => {
    const files = [
      importing('api/a.ts', './testing/harness.ts', './b.test.ts', './ledger-fixture.ts', './c.ts'),
      importing('api/d.test.ts', './testing/harness.ts'),
    ]
    expect(findImportsOfTests(files)).toEqual([
      'api/a.ts imports api/testing/harness.ts, which is only for tests.',
      'api/a.ts imports api/b.test.ts, which is only for tests.',
      'api/a.ts imports api/ledger-fixture.ts, which is only for tests.',
    ])
  })
})

describe('findImportsOfNothing', () => {
  it('refuses an import without its ending or of a file that is not there', () => {
    const files = [importing('api/a.ts', './b', './c.ts', './d.ts'), importing('api/d.ts')]
    expect(findImportsOfNothing(files)).toEqual([
      'api/a.ts imports api/b, which is no .ts file.',
      'api/a.ts imports api/c.ts, which is no .ts file.',
    ])
  })
})

describe('findImportCycles', () => {
  it('finds a cycle through three files and names the way round', () => {
    const files = [
      importing('api/a.ts', './b.ts', './d.ts'),
      importing('api/b.ts', './c.ts'),
      importing('api/c.ts', './a.ts'),
      importing('api/d.ts'),
    ]
    expect(findImportCycles(files)).toEqual(['api/a.ts → api/b.ts → api/c.ts → api/a.ts'])
  })

  it('finds a file that imports itself, and a cycle that the first file only leads to', () => {
    expect(findImportCycles([importing('api/a.ts', './a.ts')])).toEqual(['api/a.ts → api/a.ts'])
    const files = [
      importing('api/a.ts', './b.ts'),
      importing('api/b.ts', './c.ts'),
      importing('api/c.ts', './b.ts'),
    ]
    expect(findImportCycles(files)).toEqual(['api/b.ts → api/c.ts → api/b.ts'])
  })

  it('sees none where two ways lead to one file, nor between a file and its worker', () => {
    const files = [
      importing('api/a.ts', './b.ts', './c.ts'),
      importing('api/b.ts', './d.ts'),
      importing('api/c.ts', './d.ts'),
      { path: 'api/d.ts', text: "new Worker(new URL('./d-worker.ts', import.meta.url))\n" },
      importing('api/d-worker.ts', './d.ts'),
    ]
    expect(findImportCycles(files)).toEqual([])
  })
})
