/**
 * The source files as the tidy rules see them: a path relative to the repository with `/`, the text, and the relative
 * imports. Imports are found by pattern at the beginning of a line, which is how Prettier writes them; TypeScript 7 has
 * no stable interface to ask. A worker's file, named by `new URL`, counts as a use of that file, not as an import.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export type SourceFile = { readonly path: string; readonly text: string }

/** `from` and `to` are paths of files in the repository. */
export type SourceImport = { readonly from: string; readonly to: string; readonly isImport: boolean }

const leftOut = new Set(['node_modules', 'data', 'test-results'])
/** What the build of the pages writes. */
const built = 'web/dist/'

/** All `.ts` and `.tsx` files below `root`, tracked or not, in the order of their paths. */
export function readSourceTree(root: string): SourceFile[] {
  const paths = readdirSync(root, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.') && !leftOut.has(entry.name))
    .flatMap((entry) => {
      if (!entry.isDirectory()) return [entry.name]
      const below = readdirSync(path.join(root, entry.name), { recursive: true, encoding: 'utf8' })
      return below.map((file) => path.posix.join(entry.name, file.replaceAll(path.sep, '/')))
    })
  return paths
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
    .filter((file) => !file.includes('/node_modules/') && !file.startsWith(built))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }))
}

const importPatterns = [
  /^(?:import|export)\s[^'"]*?from\s+['"](\.{1,2}\/[^'"]+)['"]/gm,
  /^import\s+['"](\.{1,2}\/[^'"]+)['"]/gm,
  /\bimport\(\s*['"](\.{1,2}\/[^'"]+)['"]/g,
]
const usePattern = /\bnew URL\(\s*['"](\.{1,2}\/[^'"]+\.ts)['"]/g

/** Every relative import of the file, types included, and every file that it names by URL. */
export function importsOf(file: SourceFile): SourceImport[] {
  const found = (pattern: RegExp, isImport: boolean): SourceImport[] =>
    [...file.text.matchAll(pattern)].map((match) => ({
      from: file.path,
      to: path.posix.join(path.posix.dirname(file.path), match[1] ?? ''),
      isImport,
    }))
  return [...importPatterns.flatMap((pattern) => found(pattern, true)), ...found(usePattern, false)]
}

/** The first part of the path; a file in the root has none. */
export function topFolderOf(filePath: string): string {
  return filePath.includes('/') ? filePath.slice(0, filePath.indexOf('/')) : ''
}

/** Tests and what only they use: fixtures in `testing/` folders, contract suites, everything in `test/`. */
export function isTestFile(filePath: string): boolean {
  return /\.(?:test|contract)\.ts$|-fixture\.ts$|(?:^|\/)testing\/|^test\//.test(filePath)
}
