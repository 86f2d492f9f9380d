/** Makes a metering database with one model of two registers and the bench's devices. */
import { pino } from 'pino'
import {
  systemActor,
  getDeviceId,
  secureRandomBytes,
  systemClock,
  type ManufacturerId,
  type ModelId,
} from '../../core/index.ts'
import { migrate, openSqlite } from '../../db/index.ts'
import { createMetering } from '../../metering/index.ts'
import type { Credentials } from './publisher-connection.ts'
import { benchRegisters } from './reading-stream.ts'

const manufacturerId = 'man_bench' as ManufacturerId
const modelId = 'bench-drill' as ModelId
/** More would only wait for the thread pool that hashes secrets. */
const REGISTRATIONS_UNDER_WAY = 16

/** The file may be copied afterwards: nothing of it is left in the write-ahead log. */
export async function prepareUsance(
  file: string,
  deviceCount: number,
  commissionedAt: number,
): Promise<Credentials[]> {
  const database = openSqlite(file)
  migrate(database, 'metering')
  database.close()
  const log = pino({ level: 'silent' })
  const metering = createMetering({ file, clock: systemClock, randomBytes: secureRandomBytes, log })
  try {
    await metering
      .by(systemActor('bench'))
      .registerModel({ id: modelId, manufacturerId, name: 'Drill', registers: benchRegisters })
    const credentials: Credentials[] = []
    while (credentials.length < deviceCount) {
      const first = credentials.length
      const count = Math.min(REGISTRATIONS_UNDER_WAY, deviceCount - first)
      const registered = Array.from({ length: count }, async (_, index) => {
        const id = getDeviceId(`bench-${String(first + index).padStart(5, '0')}`)
        const { secret } = await metering
          .by(systemActor('bench'))
          .registerDevice({ id, manufacturerId, modelId, commissionedAt })
        return { deviceId: id, secret }
      })
      credentials.push(...(await Promise.all(registered)))
    }
    return credentials
  } finally {
    await metering.close()
    const finished = openSqlite(file)
    finished.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    finished.close()
  }
}
