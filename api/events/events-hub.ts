/**
 * What changed, for whoever looks right now: devices whose readings were committed, and the bills that follow.
 *
 * A viewer's queue holds subjects and no content: what a subject says is read when it is sent, so that a slow viewer gets
 * the newest of each and nothing piles up. Subjects and their versions are kept for a bounded number of devices; who asks
 * to go on from further back, or from before a restart, is told to read everything again (`reset`). A contract's bill is
 * computed at most once every two seconds however many look at it, and not at all when nobody does.
 *
 * `tick` does the work; `event-routes.ts` calls it in turns while there are viewers, tests call it themselves.
 */
import type { Clock, CustomerId, ManufacturerId, Tenant } from '../../core/index.ts'
import { SECOND_MS } from '../../core/index.ts'

export type EventTopic = 'device_status' | 'usage' | 'bill'
export type HubEvent = {
  readonly id: string
  readonly event: EventTopic | 'reset'
  readonly data: unknown
}

export type ViewerInput = {
  readonly manufacturerId: ManufacturerId
  readonly customerId: CustomerId | undefined
  readonly topics: ReadonlySet<EventTopic>
  /** Only this contract's devices, and its bill. */
  readonly contractId: string | undefined
  readonly lastEventId: string | undefined
  /** False while the connection does not take more. */
  readonly isWritable: () => boolean
  readonly send: (event: HubEvent) => void
}

export type HubSources = {
  /** The devices as the tenant may see them; those that are not its own are left out. */
  readonly readDevices: (
    manufacturerId: ManufacturerId,
    deviceIds: readonly string[],
  ) => Promise<readonly { readonly id: string; readonly shown: unknown }[]>
  /** The devices of the tenant's contracts now, or of one of them. */
  readonly listDeviceIds: (tenant: Tenant, contractId: string | undefined) => Promise<readonly string[]>
  readonly readBill: (manufacturerId: ManufacturerId, contractId: string) => Promise<unknown>
}

type Viewer = ViewerInput & {
  readonly dirty: Set<string>
  /** Undefined: every device of the manufacturer. */
  devices: ReadonlySet<string> | undefined
  isBehind: boolean
  isBillDirty: boolean
}

const MAX_SUBJECTS = 100_000
const MAX_DIRTY = 10_000
const MAX_SENT_AT_ONCE = 200
const BILL_PAUSE_MS = 2 * SECOND_MS

export function createEventsHub(
  { readDevices, listDeviceIds, readBill }: HubSources,
  { clock, boot }: { readonly clock: Clock; readonly boot: string },
) {
  const viewers = new Set<Viewer>()
  /** Device → number of its last change, the oldest change first. */
  const versions = new Map<string, number>()
  const billedAt = new Map<string, number>()
  let last = 0
  /** Changes up to this one may have been forgotten. */
  let forgottenTo = 0

  function markDirty(viewer: Viewer, deviceId: string): void {
    if (viewer.devices?.has(deviceId) === false) return
    if (viewer.topics.has('bill')) viewer.isBillDirty = true
    if (!viewer.topics.has('usage') && !viewer.topics.has('device_status')) return
    if (viewer.dirty.size < MAX_DIRTY) viewer.dirty.add(deviceId)
    else viewer.isBehind = true
  }

  function noteDevices(deviceIds: Iterable<string>): void {
    for (const deviceId of deviceIds) {
      last += 1
      versions.delete(deviceId)
      versions.set(deviceId, last)
      if (versions.size > MAX_SUBJECTS) {
        const [oldest] = versions
        if (oldest !== undefined) {
          versions.delete(oldest[0])
          forgottenTo = oldest[1]
        }
      }
      for (const viewer of viewers) markDirty(viewer, deviceId)
    }
  }

  function goOn(viewer: Viewer): void {
    const match = /^([0-9a-z]+)-(\d{1,15})$/.exec(viewer.lastEventId ?? '')
    if (match === null) return
    const seen = Number(match[2])
    if (match[1] !== boot || seen < forgottenTo) {
      viewer.isBehind = true
      return
    }
    for (const [deviceId, version] of versions) if (version > seen) markDirty(viewer, deviceId)
  }

  async function refreshDevices(viewer: Viewer): Promise<void> {
    const { manufacturerId, customerId, contractId } = viewer
    if (customerId === undefined && contractId === undefined) return
    const tenant = customerId === undefined ? manufacturerId : { manufacturerId, customerId }
    viewer.devices = new Set(await listDeviceIds(tenant, contractId))
  }

  function send(viewer: Viewer, event: HubEvent['event'], data: unknown): void {
    viewer.send({ id: `${boot}-${last}`, event, data })
  }

  async function sendDevices(manufacturerId: ManufacturerId, own: readonly Viewer[]): Promise<void> {
    const wanted = new Map(own.map((viewer) => [viewer, [...viewer.dirty].slice(0, MAX_SENT_AT_ONCE)]))
    const deviceIds = new Set([...wanted.values()].flat())
    if (deviceIds.size === 0) return
    for (const [viewer, ids] of wanted) for (const id of ids) viewer.dirty.delete(id)
    const devices = await readDevices(manufacturerId, [...deviceIds])
    const shown = new Map(devices.map((device) => [device.id, device.shown]))
    const at = new Date(clock.now()).toISOString()
    for (const [viewer, ids] of wanted) {
      for (const deviceId of ids.filter((id) => shown.has(id))) {
        if (viewer.topics.has('device_status')) send(viewer, 'device_status', shown.get(deviceId))
        if (viewer.topics.has('usage')) send(viewer, 'usage', { deviceId, at })
      }
    }
  }

  async function sendBill(contractId: string, own: readonly Viewer[]): Promise<void> {
    const [first] = own
    if (first === undefined || clock.now() - (billedAt.get(contractId) ?? -Infinity) < BILL_PAUSE_MS) return
    billedAt.set(contractId, clock.now())
    for (const viewer of own) viewer.isBillDirty = false
    const bill = await readBill(first.manufacturerId, contractId)
    for (const viewer of own) send(viewer, 'bill', bill)
  }

  return {
    noteDevices,

    viewerCount: () => viewers.size,

    /** Subjects that wait for some viewer to take them. */
    waitingCount: () => [...viewers].reduce((sum, { dirty }) => sum + dirty.size, 0),

    /** Returns what takes the viewer away again. */
    async addViewer(input: ViewerInput): Promise<() => void> {
      const viewer: Viewer = {
        ...input,
        dirty: new Set(),
        devices: new Set(),
        isBehind: false,
        isBillDirty: input.topics.has('bill'),
      }
      viewer.devices = undefined
      await refreshDevices(viewer)
      viewers.add(viewer)
      goOn(viewer)
      return () => {
        viewers.delete(viewer)
        const { contractId } = viewer
        if (![...viewers].some((each) => each.contractId === contractId)) billedAt.delete(contractId ?? '')
      }
    },

    /** Looks again which devices each viewer's contracts have. */
    async refresh(): Promise<void> {
      for (const viewer of viewers) await refreshDevices(viewer)
    },

    /** Sends what is due to whoever takes it. */
    async tick(): Promise<void> {
      const ready = [...viewers].filter((viewer) => viewer.isWritable())
      for (const viewer of ready.filter(({ isBehind }) => isBehind)) {
        viewer.isBehind = false
        send(viewer, 'reset', {})
      }
      for (const [manufacturerId, own] of Map.groupBy(ready, (viewer) => viewer.manufacturerId)) {
        await sendDevices(manufacturerId, own)
      }
      const withBill = ready.filter(({ isBillDirty, contractId }) => isBillDirty && contractId !== undefined)
      for (const [contractId, own] of Map.groupBy(withBill, (viewer) => viewer.contractId ?? '')) {
        await sendBill(contractId, own)
      }
    },
  }
}
