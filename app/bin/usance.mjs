#!/usr/bin/env node
// Runs the command on the Node that this package depends on, whatever Node started this file.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'

const folder = path.dirname(createRequire(import.meta.url).resolve('node/package.json'))
const main = path.join(
  import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
  '..',
  'main.ts',
)
const child = spawn(path.join(folder, 'bin', 'node'), [main, ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
