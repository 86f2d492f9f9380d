/**
 * Writes each text file of the build a second and a third time, as `.br` and `.gz`, so that the server never compresses.
 * Fonts and pictures are compressed in themselves and left alone.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const compressible = /\.(?:js|css|html|svg)$/
const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

export function precompress(): Plugin {
  return {
    name: 'usance-precompress',
    apply: 'build',
    async writeBundle({ dir }) {
      if (dir === undefined) return
      const names = await readdir(dir, { recursive: true })
      await Promise.all(
        names.filter((name) => compressible.test(name)).map((name) => compressFile(path.join(dir, name))),
      )
    },
  }
}

async function compressFile(file: string): Promise<void> {
  const content = await readFile(file)
  const brotli = await toBrotli(content, {
    params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length, [constants.BROTLI_PARAM_QUALITY]: 11 },
  })
  await writeFile(`${file}.br`, brotli)
  await writeFile(`${file}.gz`, await toGzip(content, { level: 9 }))
}
