/**
 * Names, headers and sizes of files (house style §3, §6, §12). Each rule takes the files and returns one sentence per
 * violation. Headers and sizes are ratchets: what was there when a rule came may stay, and the number only goes down.
 */
import { isTestFile, topFolderOf, type SourceFile } from './source-tree.ts'

const namePattern =
  /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:prop|db|e2e|live|sim|contract))?(?:\.test)?\.tsx?$|^[a-z0-9]+(?:-[a-z0-9]+)*\.(?:contract|config)\.ts$/
const drawerNames = [
  'util',
  'utils',
  'helper',
  'helpers',
  'misc',
  'common',
  'shared',
  'lib',
  'stuff',
  'tools',
]
const drawersAlone = [...drawerNames, 'types', 'constants']

export function findBadNames(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path }) => {
    const parts = path.split('/')
    const file = parts.at(-1) ?? ''
    if (!namePattern.test(file)) return [`${path} is not named in kebab-case with a known suffix.`]
    const badFolder = parts
      .slice(0, -1)
      .find((folder) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(folder) || isDrawer(folder))
    if (badFolder !== undefined) return [`${path} lies in "${badFolder}", which does not say what it holds.`]
    return isDrawer(file.slice(0, file.indexOf('.')))
      ? [`${path} is named like a drawer, not for its content.`]
      : []
  })
}

function isDrawer(name: string): boolean {
  return drawersAlone.includes(name) || drawerNames.includes(name.split('-').at(-1) ?? '')
}

/** Files shorter than this have no decision worth a header. */
const TRIVIAL_LINES = 30

/** Source files that decide something and do not begin with a header comment, but for the `allowed` ones. */
export function findMissingHeaders(files: readonly SourceFile[], allowed: readonly string[]): string[] {
  return files
    .filter(
      ({ path, text }) => !isTestFile(path) && lineCount(text) > TRIVIAL_LINES && !text.startsWith('/**'),
    )
    .filter(({ path }) => !allowed.includes(path))
    .map(({ path }) => `${path} does not begin with a header comment.`)
}

/** `allowed` names each longer file with the number of lines it may keep. */
export function findLongFiles(
  files: readonly SourceFile[],
  maximum: number,
  allowed: Readonly<Record<string, number>>,
): string[] {
  return files
    .filter(({ path, text }) => !isTestFile(path) && lineCount(text) > (allowed[path] ?? maximum))
    .map(({ path, text }) => `${path} has ${lineCount(text)} lines, more than ${allowed[path] ?? maximum}.`)
}

/** Folders that lack one of the files that each must have. `existing` are paths of any kind of file. */
export function findIncompleteFolders(
  wanted: Readonly<Record<string, readonly string[]>>,
  existing: ReadonlySet<string>,
): string[] {
  return Object.entries(wanted).flatMap(([folder, names]) =>
    names.filter((name) => !existing.has(`${folder}/${name}`)).map((name) => `${folder}/ has no ${name}.`),
  )
}

/** Folders of which fewer files were seen than there must be: a rule over nothing is green. */
export function findUnseenFolders(
  files: readonly SourceFile[],
  minimums: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(minimums).flatMap(([folder, minimum]) => {
    const count = files.filter(({ path }) => topFolderOf(path) === folder).length
    return count < minimum
      ? [`Only ${count} files of ${folder}/ were seen; there are at least ${minimum}.`]
      : []
  })
}

/** Invariants that no test title begins with, as in "I1 An acknowledged reading is durable". */
export function findUntestedInvariants(
  files: readonly SourceFile[],
  invariants: readonly string[],
): string[] {
  const tests = files.filter(({ path }) => path.endsWith('.test.ts'))
  return invariants
    .filter((invariant) => !tests.some(({ text }) => new RegExp(`[(,]\\s*['"\`]${invariant}[ :]`).test(text)))
    .map((invariant) => `No test is titled with ${invariant}.`)
}

function lineCount(text: string): number {
  return text.split('\n').length - 1
}
