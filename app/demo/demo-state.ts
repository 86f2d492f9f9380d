/**
 * What the demo remembers in its data folder, readable for this user only: `demo.json` for itself, and
 * `demo-access.json`, which the simulator reads to reach the running demo.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ContractId, CustomerId, ManufacturerId } from '../../core/index.ts'
import type { ProfileName } from '../../devices-sim/index.ts'
import { databaseFile } from '../databases.ts'
import { appErrors } from '../errors.ts'

export type DemoDevice = {
  readonly deviceId: string
  readonly secret: string
  readonly timeZone: string
  readonly profileName: ProfileName
}

export type DemoCustomer = {
  readonly customerId: CustomerId
  readonly contractId: ContractId
  readonly name: string
  readonly timeZone: string
  readonly anchorOn: string
  readonly deviceIds: readonly string[]
}

export type DemoState = {
  readonly manufacturerId: ManufacturerId
  readonly apiKey: string
  /** 32 random bytes in base 64 that protect the stored Stripe key. */
  readonly secretKey: string
  readonly webhookSecret: string
  readonly seed: number
  /** Device time of the first readings. */
  readonly startAt: number
  readonly customers: readonly DemoCustomer[]
  readonly devices: readonly DemoDevice[]
}

/** @throws AppError `demo_data_foreign` when the folder holds databases that no demo made. */
export function readDemoState(folder: string): DemoState | undefined {
  const file = path.join(folder, 'demo.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as DemoState
  if (existsSync(databaseFile(folder, 'metering'))) {
    throw appErrors.demo_data_foreign(
      `The folder ${folder} holds data that no finished demo made; choose another one with --data, or remove it.`,
    )
  }
  return undefined
}

export function writeDemoState(folder: string, state: DemoState): void {
  writePrivately(path.join(folder, 'demo.json'), state)
}

export function writeDemoAccess(
  folder: string,
  access: { apiUrl: string; apiKey: string; mqttUrl: string },
): void {
  writePrivately(path.join(folder, 'demo-access.json'), access)
}

function writePrivately(file: string, document: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
