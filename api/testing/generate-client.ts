/**
 * `npm run generate:client`: writes the OpenAPI document and the types made from it into `clients/typescript`.
 *
 * openapi-typescript needs TypeScript 5, which lies beside it in the client's own node_modules.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { clientFolder, readClientDocument } from './client-document.ts'

writeFileSync(new URL('openapi.json', clientFolder), await readClientDocument())
execFileSync(
  process.execPath,
  [
    fileURLToPath(new URL('node_modules/openapi-typescript/bin/cli.js', clientFolder)),
    'openapi.json',
    '--output',
    'schema.ts',
  ],
  { cwd: fileURLToPath(clientFolder), stdio: 'inherit' },
)
