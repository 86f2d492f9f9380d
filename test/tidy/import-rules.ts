/**
 * Who may import whom (design §3). Each rule takes the files and returns one sentence per violation; none is fine.
 */
import { importsOf, isTestFile, topFolderOf, type SourceFile } from './source-tree.ts'

const everything = 'everything'

/** Folder → the folders it may import besides itself. */
const importDirections: Readonly<Record<string, readonly string[] | typeof everything>> = {
  core: [],
  db: ['core'],
  broker: ['core'],
  metering: ['core', 'db'],
  audit: ['core', 'db'],
  mail: ['core', 'db', 'audit'],
  schedule: ['core', 'db', 'audit'],
  documents: ['core'],
  webhooks: ['core', 'db', 'audit'],
  people: ['core', 'db', 'audit', 'mail'],
  billing: ['core', 'db', 'audit', 'metering', 'documents'],
  api: ['core', 'db', 'audit', 'mail', 'schedule', 'webhooks', 'people', 'metering', 'billing'],
  web: ['clients'],
  clients: [],
  'devices-sim': ['core'],
  'stripe-sandbox': ['core'],
  app: everything,
  test: everything,
  bench: everything,
}

/** What the tests of a folder need beyond that. Every test may use the helpers in `test/setup/`. */
const testDirections: Readonly<Record<string, readonly string[]>> = {
  api: ['broker'],
  billing: ['stripe-sandbox', 'devices-sim'],
  web: ['api', 'core'],
}

/** Faces beside `index.ts`, and the folder that has to use it: metering's threads would load what they have no use for. */
const narrowFaces: ReadonlyMap<string, string> = new Map([['db/sqlite-index.ts', 'metering']])

/** Helpers that tests of every folder use; there is no face of `test/`. */
const sharedTestHelper = /^test\/setup\/[a-z-]+\.ts$/

export function findWrongDirections(files: readonly SourceFile[]): string[] {
  return files.flatMap(importsOf).flatMap(({ from, to }) => {
    const folder = topFolderOf(from)
    const other = topFolderOf(to)
    if (folder === other || folder === '' || other === '') return []
    const directions = importDirections[folder]
    if (directions === undefined) return [`${from} lies in a folder that the import directions do not know.`]
    if (directions === everything || directions.includes(other)) return []
    if (isTestFile(from)) {
      if (sharedTestHelper.test(to) || (testDirections[folder] ?? []).includes(other)) return []
    }
    return [`${from} imports ${other}/, which ${folder}/ may not.`]
  })
}

export function findImportsPastTheFace(files: readonly SourceFile[]): string[] {
  return files.flatMap(importsOf).flatMap(({ from, to }) => {
    const other = topFolderOf(to)
    const crosses = topFolderOf(from) !== other && other !== ''
    if (!crosses || (isTestFile(from) && sharedTestHelper.test(to))) return []
    const face = faceFor(topFolderOf(from), other)
    return to === face ? [] : [`${from} imports ${to} instead of ${face}.`]
  })
}

function faceFor(folder: string, other: string): string {
  for (const [face, user] of narrowFaces) if (user === folder && topFolderOf(face) === other) return face
  return `${other}/index.ts`
}

export function findImportsOfTests(files: readonly SourceFile[]): string[] {
  return files
    .flatMap(importsOf)
    .filter(({ from, to }) => isTestFile(to) && !isTestFile(from) && topFolderOf(from) !== '')
    .map(({ from, to }) => `${from} imports ${to}, which is only for tests.`)
}

/** Import targets that are no file of the tree: a misspelt path, or an ending other than `.ts` and `.tsx`. */
export function findImportsOfNothing(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map((file) => file.path))
  return files
    .flatMap(importsOf)
    .filter(({ to }) => !known.has(to) && !isStyle(to))
    .map(({ from, to }) => `${from} imports ${to}, which is no .ts file.`)
}

/** Styles that the pages' build takes; TypeScript sees no file behind them. */
function isStyle(file: string): boolean {
  return topFolderOf(file) === 'web' && file.endsWith('.css')
}

/** Each cycle once, as the way round it. Imports of types count: they tie files together just the same. */
export function findImportCycles(files: readonly SourceFile[]): string[] {
  const targets = new Map(
    files.map((file) => [file.path, importsOf(file).flatMap(({ to, isImport }) => (isImport ? [to] : []))]),
  )
  const cycles: string[] = []
  const finished = new Set<string>()
  const way: string[] = []
  function visit(file: string): void {
    if (finished.has(file)) return
    const start = way.indexOf(file)
    if (start >= 0) {
      cycles.push([...way.slice(start), file].join(' → '))
      return
    }
    way.push(file)
    for (const target of targets.get(file) ?? []) visit(target)
    way.pop()
    finished.add(file)
  }
  for (const file of targets.keys()) visit(file)
  return cycles
}
