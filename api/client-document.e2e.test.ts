/** Run `npm run generate:client` after a change of a route or a schema. */
import { execFileSync } from 'node:child_process'
import { mkdtempDisposableSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

import { clientFolder, readClientDocument } from './testing/client-document.ts'

const committed = (name: string) => readFileSync(new URL(name, clientFolder), 'utf8')

describe('clients/typescript', () => {
  it('has the document that the server gives', async () => {
    expect(committed('openapi.json')).toBe(await readClientDocument())
  })

  it('has the types that follow from the document', () => {
    using folder = mkdtempDisposableSync(path.join(tmpdir(), 'usance-client-'))
    const output = path.join(folder.path, 'schema.ts')
    const command = fileURLToPath(new URL('node_modules/openapi-typescript/bin/cli.js', clientFolder))
    const document = fileURLToPath(new URL('openapi.json', clientFolder))
    execFileSync(process.execPath, [command, document, '--output', output], { stdio: 'ignore' })
    expect(committed('schema.ts')).toBe(readFileSync(output, 'utf8'))
  })
})
