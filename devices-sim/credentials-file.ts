/**
 * The secrets of simulated devices: NDJSON lines of {"deviceId","secret"}, or one JSON array of them, readable by the
 * owner alone. A secret is shown once at registration, so each is on disk before the next device is registered.
 */
import { chmod, mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { simulatorErrors } from './errors.ts'

export type DeviceCredential = { readonly deviceId: string; readonly secret: string }

/** By device id; empty when there is no such file. The last line of a device counts. @throws AppError `credentials_invalid` */
export async function readCredentials(path: string): Promise<Map<string, string>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return ''
    throw simulatorErrors.credentials_invalid(
      `Make ${path} readable, or name another file with --credentials.`,
      {
        cause,
      },
    )
  })
  const entries = text.trimStart().startsWith('[') ? parseArray(path, text) : parseLines(path, text)
  return new Map(entries.map(({ deviceId, secret }) => [deviceId, secret]))
}

export async function appendCredential(path: string, { deviceId, secret }: DeviceCredential): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'a', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ deviceId, secret })}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await chmod(path, 0o600)
}

function parseArray(path: string, text: string): DeviceCredential[] {
  const entries = parseJson(text)
  if (!Array.isArray(entries)) throw invalid(path, 'it is not one JSON array')
  return entries.map((entry, place) => getCredential(entry, path, `entry ${place + 1}`))
}

function parseLines(path: string, text: string): DeviceCredential[] {
  return text
    .split('\n')
    .map((line, place) => ({ line, name: `line ${place + 1}` }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, name }) => getCredential(parseJson(line), path, name))
}

/** Undefined for what is no JSON: the parser's own message would quote the secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function getCredential(entry: unknown, path: string, name: string): DeviceCredential {
  if (typeof entry === 'object' && entry !== null && 'deviceId' in entry && 'secret' in entry) {
    const { deviceId, secret } = entry
    if (typeof deviceId === 'string' && typeof secret === 'string') return { deviceId, secret }
  }
  throw invalid(path, `${name} is not`)
}

function invalid(path: string, what: string): Error {
  return simulatorErrors.credentials_invalid(
    `Write ${path} as lines of {"deviceId": "…", "secret": "…"}; ${what}.`,
  )
}
