/**
 * Builds the pages when they are not built yet, or older than what they are made of. The build runs as a process of its
 * own: vite is a tool for developers, and nothing of it is loaded into the server.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

// vitest's runner, in which this is called too, has no `import.meta.resolve`.
const requireHere = createRequire(import.meta.url)

const webFolder = path.join(import.meta.dirname, '..')

/** The folder that `npm run build:web` writes; it may not exist. */
export const pagesFolder = path.join(webFolder, 'dist')

const sources = [
  'src',
  'build',
  'index.html',
  'icon.svg',
  'vite.config.ts',
  '../clients/typescript/schema.ts',
]

/** True when the built pages are there and no source of theirs is newer. */
export function isBuildCurrent(): boolean {
  const page = path.join(pagesFolder, 'index.html')
  if (!existsSync(page)) return false
  const builtAt = statSync(page).mtimeMs
  return sources
    .map((name) => path.join(webFolder, name))
    .flatMap((file) =>
      statSync(file).isDirectory()
        ? readdirSync(file, { recursive: true, encoding: 'utf8' }).map((name) => path.join(file, name))
        : [file],
    )
    .every((file) => statSync(file).mtimeMs <= builtAt)
}

/** Rejects with what vite said when the build fails or vite is not installed. */
export async function buildPages(): Promise<void> {
  const vite = path.join(path.dirname(requireHere.resolve('vite/package.json')), 'bin/vite.js')
  const child = spawn(process.execPath, [vite, 'build', '--config', path.join(webFolder, 'vite.config.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const said: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  child.on('error', reject)
  child.on('close', (code) => {
    if (code === 0) resolve()
    else reject(new Error(`The pages were not built:\n${Buffer.concat(said).toString('utf8')}`))
  })
  return promise
}
