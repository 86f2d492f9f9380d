import path from 'node:path'
import { systemClock } from '../../core/index.ts'
import { restoreBackup } from '../backup/restore-backup.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { appErrors } from '../errors.ts'

export const restoreOptions = { from: { type: 'string' }, replace: { type: 'boolean' } } as const

/** `usance restore --from FOLDER`: verifies a backup, makes it the data folder and prints its manifest as JSON. */
export async function runRestore({ argv, stdout, stderr, environment }: CommandContext): Promise<number> {
  const { config, own } = parseCommandArguments(argv, restoreOptions, environment)
  if (own.from === undefined) {
    throw appErrors.arguments_invalid('Name the backup: usance restore --from /backups/2026-11-26')
  }
  const say = (sentence: string) => stderr.write(`${sentence}\n`)
  const { manifest, movedAside } = await restoreBackup({
    from: own.from,
    data: config.data,
    isReplacing: own.replace === true,
    clock: systemClock,
    say,
  })
  stdout.write(`${JSON.stringify(manifest, null, 2)}\n`)
  if (movedAside !== undefined) say(`What was there before is in ${movedAside}.`)
  say(`Restored into ${path.resolve(config.data)}, as of ${manifest.createdAt}.`)
  return 0
}
