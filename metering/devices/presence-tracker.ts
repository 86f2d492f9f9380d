/**
 * What devices did lately, kept in memory and written in groups: connections, messages, sign-ins, firmware.
 *
 * Who came or went is written within a second, because the counts of a fleet are of what is stored; everything else that changed
 * every 30 s. At most 500 devices per transaction and one transaction at a time, so that a fleet that comes and goes costs
 * ingest little; a crash loses the last 30 s. What a write could not store is kept for the next. One entry per device that was heard of: bounded by the devices that are registered, because only they sign in.
 *
 * A device that was stored as online and has not been heard of in this process is offline since it was last seen: only
 * a crash leaves that behind (`server_stopped`).
 */
import type { Logger } from 'pino'
import type { DeviceId, InboundMessage } from '../../core/index.ts'
import type { DeviceDetails, DevicePresence } from './device-types.ts'

const WRITE_EVERY_MS = 30_000
const WRITE_MOVED_EVERY_MS = 1_000
const MAX_DEVICES_PER_WRITE = 500
/** An end of the connection that the device itself brought about; after the others it may have been gone for long. */
const goodbyes: ReadonlySet<string> = new Set(['disconnected', 'status'])

/** What nearly all devices have; one for all. */
const noUses: readonly SecretUse[] = []

export type SecretUse = { readonly secretId: number; readonly at: number; readonly newHash?: string }

/** What changed of one device; absent members did not. */
export type SeenDevice = {
  readonly deviceId: string
  readonly presence?: DevicePresence
  readonly lastSeenAt?: number
  readonly firmware?: string
  readonly secretUses: readonly SecretUse[]
}

type Entry = {
  presence?: DevicePresence
  lastSeenAt?: number
  firmware?: string
  secretUses: readonly SecretUse[]
  isChanged: boolean
}

export class PresenceTracker {
  readonly #entries = new Map<string, Entry>()
  readonly #changed = new Set<string>()
  /** Those of them that came or went. */
  readonly #moved = new Set<string>()
  #writing: Promise<void> | undefined
  readonly #timers: readonly NodeJS.Timeout[]
  readonly #write: (devices: readonly SeenDevice[]) => Promise<void>
  readonly #log: Logger

  constructor(write: (devices: readonly SeenDevice[]) => Promise<void>, log: Logger) {
    this.#write = write
    this.#log = log
    this.#timers = [
      setInterval(() => void this.flush(), WRITE_EVERY_MS),
      setInterval(() => this.#flushMoved(), WRITE_MOVED_EVERY_MS),
    ]
    for (const timer of this.#timers) timer.unref()
  }

  notePresence(deviceId: DeviceId, presence: DevicePresence): void {
    const entry = this.#change(deviceId)
    if (entry.presence?.state !== presence.state) this.#moved.add(deviceId)
    entry.presence = presence
    if (presence.state === 'online' || goodbyes.has(presence.reason)) see(entry, presence.at)
  }

  noteMessages(messages: readonly InboundMessage[]): void {
    for (const { deviceId, receivedAt, refusal } of messages) {
      // Whoever holds a claim code may call itself anything: only registered devices may take room here.
      if (refusal?.code !== 'claim_session_only') see(this.#change(deviceId), receivedAt)
    }
  }

  noteFirmware(deviceId: DeviceId, firmware: string): void {
    this.#change(deviceId).firmware = firmware
  }

  noteSecretUse(deviceId: string, use: SecretUse): void {
    const entry = this.#change(deviceId)
    entry.secretUses = [...entry.secretUses.filter(({ secretId }) => secretId !== use.secretId), use]
  }

  /** A person's word about the firmware, written already, is newer than what waits here. */
  forgetFirmware(deviceId: string): void {
    delete this.#entries.get(deviceId)?.firmware
  }

  /** What was stored, brought up to date. */
  update(deviceId: DeviceId, stored: DeviceDetails): DeviceDetails {
    const entry = this.#entries.get(deviceId)
    return {
      ...stored,
      presence: entry?.presence ?? afterCrash(stored),
      lastSeenAt: latest(entry?.lastSeenAt, stored.lastSeenAt),
      firmware: entry?.firmware ?? stored.firmware,
    }
  }

  hasBeenSeenSince(deviceId: string, at: number): boolean {
    return (this.#entries.get(deviceId)?.lastSeenAt ?? -Infinity) >= at
  }

  /** Writes what changed, also during a write under way; never rejects. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    await this.#startWriting(takeAll(this.#changed))
  }

  #flushMoved(): void {
    if (this.#moved.size > 0 && this.#writing === undefined) void this.#startWriting(takeAll(this.#moved))
  }

  #startWriting(deviceIds: readonly string[]): Promise<void> {
    this.#writing = this.#writeAll(deviceIds).finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.flush()
  }

  #change(deviceId: string): Entry {
    let entry = this.#entries.get(deviceId)
    if (entry === undefined) {
      entry = { secretUses: noUses, isChanged: false }
      this.#entries.set(deviceId, entry)
    }
    if (!entry.isChanged) {
      entry.isChanged = true
      this.#changed.add(deviceId)
    }
    return entry
  }

  async #writeAll(changed: readonly string[]): Promise<void> {
    for (let start = 0; start < changed.length; start += MAX_DEVICES_PER_WRITE) {
      const group = changed.slice(start, start + MAX_DEVICES_PER_WRITE).flatMap((id) => this.#take(id))
      if (group.length === 0) continue
      try {
        await this.#write(group)
      } catch (error) {
        this.#log.warn({ err: error, devices: changed.length - start }, 'presence is written later')
        for (const { deviceId, secretUses } of group) this.#putBack(deviceId, secretUses)
        for (const deviceId of changed.slice(start + MAX_DEVICES_PER_WRITE)) this.#changed.add(deviceId)
        return
      }
    }
  }

  #take(deviceId: string): SeenDevice[] {
    const entry = this.#entries.get(deviceId)
    // Written meanwhile, because it came or went.
    if (entry === undefined || !entry.isChanged) return []
    const { secretUses } = entry
    entry.isChanged = false
    entry.secretUses = noUses
    return [
      {
        deviceId,
        secretUses,
        ...(entry.presence !== undefined && { presence: entry.presence }),
        ...(entry.lastSeenAt !== undefined && { lastSeenAt: entry.lastSeenAt }),
        ...(entry.firmware !== undefined && { firmware: entry.firmware }),
      },
    ]
  }

  #putBack(deviceId: string, secretUses: readonly SecretUse[]): void {
    const entry = this.#change(deviceId)
    const newer = new Set(entry.secretUses.map(({ secretId }) => secretId))
    const older = secretUses.filter(({ secretId }) => !newer.has(secretId))
    entry.secretUses = [...entry.secretUses, ...older]
  }
}

function takeAll(waiting: Set<string>): readonly string[] {
  const taken = [...waiting]
  waiting.clear()
  return taken
}

function see(entry: Entry, at: number): void {
  entry.lastSeenAt = Math.max(entry.lastSeenAt ?? at, at)
}

function latest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return Math.max(one, other)
}

function afterCrash({ presence, lastSeenAt }: DeviceDetails): DevicePresence | undefined {
  if (presence?.state !== 'online') return presence
  return { state: 'offline', at: lastSeenAt ?? presence.at, reason: 'server_stopped' }
}
