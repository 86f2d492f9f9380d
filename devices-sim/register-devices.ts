/** Makes the devices known to Usance over its HTTP interface, as an integrator would. */
import { formatInstant } from '../core/index.ts'
import type { DeviceCredential } from './credentials-file.ts'
import { simulatorErrors } from './errors.ts'
import type { Profile } from './model/profile.ts'

export type ApiAccess = { readonly apiUrl: string; readonly apiKey: string; readonly signal: AbortSignal }

const ANSWER_WITHIN_MS = 20_000

/** The profile in the form of `PUT /v1/models/{id}`. */
export function modelDocument({ modelName, registers }: Profile): {
  readonly name: string
  readonly registers: readonly Readonly<Record<string, string | number>>[]
} {
  return {
    name: modelName,
    registers: registers.map((register) => ({ ...register, maxPerHour: register.maxPerHour.toString() })),
  }
}

/** @throws AppError `registration_failed` */
export async function registerModel(access: ApiAccess, profile: Profile): Promise<void> {
  const response = await send(access, 'PUT', `/v1/models/${profile.modelId}`, modelDocument(profile))
  if (!response.ok) throw await refused(response, `the model ${profile.modelId}`)
}

/** @throws AppError `registration_failed`, also when the device exists: its secret cannot be asked for again. */
export async function registerDevice(
  access: ApiAccess,
  device: { readonly deviceId: string; readonly modelId: string; readonly commissionedAt: number },
): Promise<DeviceCredential> {
  const { deviceId, modelId } = device
  const commissionedAt = formatInstant(device.commissionedAt)
  const response = await send(access, 'POST', '/v1/devices', { id: deviceId, modelId, commissionedAt })
  if (response.status !== 201) throw await refused(response, `the device ${deviceId}`)
  const answer = (await response.json()) as { readonly secret?: unknown }
  if (typeof answer.secret !== 'string') {
    throw simulatorErrors.registration_failed(`Check --api; the answer for ${deviceId} holds no secret.`)
  }
  return { deviceId, secret: answer.secret }
}

async function send(access: ApiAccess, method: string, path: string, document: unknown): Promise<Response> {
  try {
    return await fetch(new URL(path, access.apiUrl), {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${access.apiKey}` },
      body: JSON.stringify(document),
      redirect: 'error',
      signal: AbortSignal.any([access.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    })
  } catch (cause) {
    throw simulatorErrors.registration_failed(
      `Check that Usance runs at ${access.apiUrl}, or name it with --api; there was no answer.`,
      { cause },
    )
  }
}

async function refused(response: Response, what: string): Promise<Error> {
  const problem = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>
  const code = typeof problem['code'] === 'string' ? problem['code'] : `status ${response.status}`
  const advice =
    code === 'device_exists'
      ? 'Name the file that has its secret with --credentials, or take another --seed'
      : response.status === 401 || response.status === 403
        ? 'Give a valid --api-key'
        : typeof problem['detail'] === 'string'
          ? problem['detail'].slice(0, 300).replace(/\.$/, '')
          : 'Look at the log of Usance'
  return simulatorErrors.registration_failed(`${advice}; ${what} was refused: ${code}.`)
}
