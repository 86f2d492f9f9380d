/**
 * What a device says on its status topic: `online` or `offline`, or a JSON object with `state` and `firmware`. Pure.
 * Anything else is nothing: a status is never worth a refusal.
 */
export type StatusMessage = {
  readonly state: 'online' | 'offline' | undefined
  readonly firmware: string | undefined
}

const MAX_STATUS_BYTES = 1_024
const MAX_FIRMWARE_LENGTH = 64

export function parseStatus(payload: Buffer): StatusMessage {
  if (payload.length > MAX_STATUS_BYTES) return { state: undefined, firmware: undefined }
  const text = payload.toString('utf8')
  if (!text.startsWith('{')) return { state: toState(text), firmware: undefined }
  const { state, firmware } = parseObject(text)
  return { state: toState(state), firmware: toFirmware(firmware) }
}

function parseObject(text: string): { readonly state?: unknown; readonly firmware?: unknown } {
  try {
    return JSON.parse(text) as object
  } catch {
    return {}
  }
}

function toState(state: unknown): StatusMessage['state'] {
  return state === 'online' || state === 'offline' ? state : undefined
}

function toFirmware(firmware: unknown): string | undefined {
  return typeof firmware === 'string' && firmware.length > 0 && firmware.length <= MAX_FIRMWARE_LENGTH
    ? firmware
    : undefined
}
