/**
 * The programs that some tests need and npm does not bring: which Debian package has them and whether they are here.
 */
import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'

/** Program → Debian package. */
export const debianPackages = {
  'chromium-headless-shell': 'chromium-headless-shell',
  influxd: 'influxdb',
  mosquitto: 'mosquitto',
  mosquitto_pub: 'mosquitto-clients',
  pdftotext: 'poppler-utils',
} as const

export type ProgramName = keyof typeof debianPackages

/** Debian keeps servers here, and a plain user's PATH often lacks it. */
const serverFolders = ['/usr/local/sbin', '/usr/sbin']

/** The full path of an executable on the PATH, or undefined. */
export function findProgram(name: string, searchPath = process.env['PATH'] ?? ''): string | undefined {
  const folders = [...searchPath.split(path.delimiter).filter((folder) => folder !== ''), ...serverFolders]
  return folders.map((folder) => path.join(folder, name)).find(isExecutable)
}

/** The programs of the list that are not here. */
export function findMissingPrograms(
  names: readonly ProgramName[] = Object.keys(debianPackages) as ProgramName[],
): ProgramName[] {
  return names.filter((name) => findProgram(name) === undefined)
}

/** One sentence that says how to get the programs. */
export function installSentence(names: readonly ProgramName[]): string {
  const packages = [...new Set(names.map((name) => debianPackages[name]))]
  return `Install ${names.join(', ')}: run "apt-get install ${packages.join(' ')}", or the tests with "--install".`
}

/** `CI=true` or `CI=1`. */
export function isContinuousIntegration(ci = process.env['CI']): boolean {
  return ci === 'true' || ci === '1'
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
