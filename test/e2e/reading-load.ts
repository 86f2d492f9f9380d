/**
 * Drills that publish as fast as the server acknowledges, until they are stopped: a window of readings under way per
 * drill, in sequence order. It remembers what was acknowledged; whoever tests decides what that must mean.
 */
import mqtt from 'mqtt'

export type LoadedDevice = { readonly deviceId: string; readonly secret: string }

export type ReadingLoad = {
  /** Per device, the highest sequence number whose reading and all before it were acknowledged. */
  acknowledged(): ReadonlyMap<string, number>
  /** Sends nothing new, waits for what is under way, and closes. */
  stop(): Promise<void>
}

const UNDER_WAY = 50
const STEP_MS = 10_000

/** Register `run_s` of reading `seq`: rises by 7 per reading, ten seconds apart. */
export function runSecondsAt(seq: number): number {
  return seq * 7
}

export async function startReadingLoad(
  url: string,
  devices: readonly LoadedDevice[],
  startAt: number,
): Promise<ReadingLoad> {
  const stopping = new AbortController()
  const acknowledged = new Map<string, number>()
  const lanes: Promise<void>[] = []
  const clients: mqtt.MqttClient[] = []
  for (const { deviceId, secret } of devices) {
    const client = await mqtt.connectAsync(url, {
      clientId: deviceId,
      username: deviceId,
      password: secret,
      protocolVersion: 4,
    })
    clients.push(client)
    let next = 1
    const open = new Set<number>()
    const publishNext = async () => {
      const seq = next++
      open.add(seq)
      const registers = { run_s: runSecondsAt(seq) }
      const at = new Date(startAt + seq * STEP_MS).toISOString()
      const reading = { v: 1, epoch: 1, seq, at, clock: 'synced', registers }
      await client.publishAsync(`devices/${deviceId}/readings`, JSON.stringify(reading), { qos: 1 })
      open.delete(seq)
      acknowledged.set(deviceId, Math.min(next, ...open) - 1)
    }
    for (let lane = 0; lane < UNDER_WAY; lane += 1) {
      lanes.push(
        (async () => {
          while (!stopping.signal.aborted) await publishNext()
        })(),
      )
    }
  }
  return {
    acknowledged: () => new Map(acknowledged),
    async stop() {
      stopping.abort()
      await Promise.all(lanes)
      for (const client of clients) await client.endAsync()
    },
  }
}
