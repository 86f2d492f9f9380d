/** Where Usance is and with which key: from the command line, then the environment, then what the demo left behind. */
import { readFile } from 'node:fs/promises'
import { simulatorErrors } from './errors.ts'

export type UsanceAccess = {
  readonly mqttUrl: string
  readonly apiUrl: string
  /** Without one, devices cannot be registered. */
  readonly apiKey: string | undefined
}

type DemoAccess = { readonly mqttUrl?: string; readonly apiUrl?: string; readonly apiKey?: string }

const demoAccessFile = './data/demo-access.json'

/**
 * With another HTTP address than the demo's, nothing of the demo is used: its key goes nowhere else.
 * @throws AppError `access_file_invalid`
 */
export async function findUsanceAccess(
  given: {
    readonly mqttUrl: string | undefined
    readonly apiUrl: string | undefined
    readonly apiKey: string | undefined
  },
  env: Readonly<Record<string, string | undefined>>,
  path = demoAccessFile,
): Promise<UsanceAccess> {
  const found = await readDemoAccess(path)
  const demo = given.apiUrl === undefined || given.apiUrl === found.apiUrl ? found : {}
  return {
    mqttUrl: given.mqttUrl ?? demo.mqttUrl ?? 'mqtt://localhost:1883',
    apiUrl: given.apiUrl ?? demo.apiUrl ?? 'http://localhost:8080',
    apiKey: given.apiKey ?? env['USANCE_API_KEY'] ?? demo.apiKey,
  }
}

async function readDemoAccess(path: string): Promise<DemoAccess> {
  try {
    const members = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    const text = (name: string): Record<string, string> => {
      const member = members[name]
      return typeof member === 'string' ? { [name]: member } : {}
    }
    return { ...text('mqttUrl'), ...text('apiUrl'), ...text('apiKey') }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {}
    throw simulatorErrors.access_file_invalid(
      `Start the demo again, which writes ${path} anew, or remove that file.`,
      { cause },
    )
  }
}
