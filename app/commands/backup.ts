import path from 'node:path'
import { systemClock } from '../../core/index.ts'
import { recordBackup } from '../backup/last-backup.ts'
import { writeBackup } from '../backup/write-backup.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { appErrors } from '../errors.ts'

export const backupOptions = { to: { type: 'string' } } as const

/** `usance backup --to FOLDER`: both databases, from under a running server that goes first, and prints the manifest as JSON. */
export async function runBackup({ argv, stdout, stderr, environment }: CommandContext): Promise<number> {
  const { config, own } = parseCommandArguments(argv, backupOptions, environment)
  if (own.to === undefined) {
    throw appErrors.arguments_invalid('Name the folder to make: usance backup --to /backups/2026-11-26')
  }
  const say = (sentence: string) => stderr.write(`${sentence}\n`)
  const manifest = await writeBackup({ data: config.data, to: own.to, clock: systemClock, say })
  await recordBackup(config.data, { createdAt: manifest.createdAt, folder: path.resolve(own.to) }, say)
  stdout.write(`${JSON.stringify(manifest, null, 2)}\n`)
  say(`The backup is whole: ${path.resolve(own.to)}`)
  return 0
}
