/** Where and on what a measurement was made: without it a number says nothing. */
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, platform, release } from 'node:os'

export type Machine = {
  readonly cores: number
  readonly cpu: string
  readonly os: string
  readonly node: string
  /** Absent outside a git checkout. */
  readonly commit: string | undefined
  /** True when files differ from the commit. */
  readonly isModified: boolean | undefined
}

export function describeMachine(): Machine {
  const status = runGit('status', '--porcelain', '--untracked-files=no')
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    os: `${platform()} ${release()}`,
    node: process.version,
    commit: runGit('rev-parse', 'HEAD'),
    isModified: status === undefined ? undefined : status !== '',
  }
}

function runGit(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return undefined
  }
}
