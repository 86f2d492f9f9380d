/**
 * Installs missing programs with apt-get, once, as root. The packages of servers start them as system services on
 * their usual ports; Debian's way to forbid that is a `policy-rc.d` that answers 101 while packages are installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { debianPackages, findProgram, type ProgramName } from './program-search.ts'

const servicePolicy = '/usr/sbin/policy-rc.d'

/** Returns a sentence that says why nothing was installed, or undefined. What apt-get prints goes to the terminal. */
export function installPrograms(names: readonly ProgramName[]): string | undefined {
  const packages = [...new Set(names.map((name) => debianPackages[name]))]
  const command = `apt-get install ${packages.join(' ')}`
  if (findProgram('apt-get') === undefined) return 'Nothing was installed: this machine has no apt-get.'
  if (process.getuid?.() !== 0) return `Installing needs root: run "sudo ${command}".`
  const ownsPolicy = !existsSync(servicePolicy)
  try {
    if (ownsPolicy) writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
    const isInstalled =
      runAptGet(['update']) && runAptGet(['install', '-y', '--no-install-recommends', ...packages])
    return isInstalled ? undefined : `"${command}" failed; its own words are above.`
  } finally {
    if (ownsPolicy) rmSync(servicePolicy, { force: true })
  }
}

function runAptGet(words: readonly string[]): boolean {
  const { status } = spawnSync('apt-get', words, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  return status === 0
}
