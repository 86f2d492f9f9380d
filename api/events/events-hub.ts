/**
 * What changed, for whoever looks right now: devices whose readings were committed, and the bills that follow.
 *
 * A viewer's queue holds subjects and no content: what a subject says is read when it is sent, so that a slow viewer gets
 * the newest of each and nothing piles up. Subjects and their versions are kept for a bounded number of devices; who asks
 * to go on from further back, or from before a restart, is told to read everything again (`reset`). A contract's bill is
 * computed at most once every two seconds however many look at it, and not at all when nobody does; whoever waits longest
 * for one comes first, and a few are computed at once.
 *
 * A commit costs nothing while nobody looks, from a minute after the last one left; and else a look-up per device, however
 * many look at others.
 *
 * `tick` does the work; `event-routes.ts` calls it in turns while there are viewers, tests call it themselves.
 */
import type { Clock, CustomerId, ManufacturerId, Tenant } from '../../core/index.ts'
import { MINUTE_MS, SECOND_MS } from '../../core/index.ts'

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
/** More than the store takes at once would keep its readers busy without being sooner. */
const READ_AT_ONCE = 1_000
const BILL_PAUSE_MS = 2 * SECOND_MS
/** Each waits for several threads in turn, so that one alone leaves all of them idle. */
const BILLS_AT_ONCE = 6
/** Devices are not kept waiting for more bills than this. */
const BILLS_PER_TICK = 60
/** How long somebody who was cut off may take to come back and go on. */
const REMEMBERED_MS = MINUTE_MS

export function createEventsHub(
  { readDevices, listDeviceIds, readBill }: HubSources,
  { clock, boot }: { readonly clock: Clock; readonly boot: string },
) {
  const viewers = new Set<Viewer>()
  /** Who looks at a device among others; whoever looks at all of them is in `viewersOfAll`. */
  const viewersOf = new Map<string, Set<Viewer>>()
  const viewersOfAll = new Set<Viewer>()
  let lastLeftAt = -Infinity
  /** Device → number of its last change, the oldest change first. */
  const versions = new Map<string, number>()
  const billedAt = new Map<string, number>()
  let last = 0
  /** Changes up to this one may have been forgotten. */
  let forgottenTo = 0

  function markDirty(viewer: Viewer, deviceId: string): void {
    if (viewer.topics.has('bill')) viewer.isBillDirty = true
    if (!viewer.topics.has('usage') && !viewer.topics.has('device_status')) return
    if (viewer.dirty.size < MAX_DIRTY) viewer.dirty.add(deviceId)
    else viewer.isBehind = true
  }

  function isListening(): boolean {
    return viewers.size > 0 || clock.now() - lastLeftAt < REMEMBERED_MS
  }

  function noteDevices(deviceIds: Iterable<string>): void {
    if (!isListening()) return
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
      for (const viewer of viewersOfAll) markDirty(viewer, deviceId)
      for (const viewer of viewersOf.get(deviceId) ?? []) markDirty(viewer, deviceId)
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
    for (const [deviceId, version] of versions) {
      if (version > seen && viewer.devices?.has(deviceId) !== false) markDirty(viewer, deviceId)
    }
  }

  async function refreshDevices(viewer: Viewer): Promise<void> {
    const { manufacturerId, customerId, contractId } = viewer
    if (customerId === undefined && contractId === undefined) return
    const tenant = customerId === undefined ? manufacturerId : { manufacturerId, customerId }
    const devices = new Set(await listDeviceIds(tenant, contractId))
    if (viewers.has(viewer)) unlist(viewer)
    viewer.devices = devices
    if (viewers.has(viewer)) enlist(viewer)
  }

  function enlist(viewer: Viewer): void {
    if (viewer.devices === undefined) viewersOfAll.add(viewer)
    for (const deviceId of viewer.devices ?? []) {
      const others = viewersOf.get(deviceId)
      if (others === undefined) viewersOf.set(deviceId, new Set([viewer]))
      else others.add(viewer)
    }
  }

  function unlist(viewer: Viewer): void {
    viewersOfAll.delete(viewer)
    for (const deviceId of viewer.devices ?? []) {
      const others = viewersOf.get(deviceId)
      others?.delete(viewer)
      if (others?.size === 0) viewersOf.delete(deviceId)
    }
  }

  /** What changed while nobody listened is not known. */
  function forgetAll(): void {
    versions.clear()
    last += 1
    forgottenTo = last
  }

  function send(viewer: Viewer, event: HubEvent['event'], data: unknown): void {
    viewer.send({ id: `${boot}-${last}`, event, data })
  }

  async function sendDevices(manufacturerId: ManufacturerId, own: readonly Viewer[]): Promise<void> {
    const wanted = new Map(own.map((viewer) => [viewer, [...viewer.dirty].slice(0, MAX_SENT_AT_ONCE)]))
    const deviceIds = new Set([...wanted.values()].flat())
    if (deviceIds.size === 0) return
    for (const [viewer, ids] of wanted) for (const id of ids) viewer.dirty.delete(id)
    const asked = [...deviceIds]
    const shown = new Map<string, unknown>()
    for (let start = 0; start < asked.length; start += READ_AT_ONCE) {
      const devices = await readDevices(manufacturerId, asked.slice(start, start + READ_AT_ONCE))
      for (const device of devices) shown.set(device.id, device.shown)
    }
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
    if (first === undefined) return
    billedAt.set(contractId, clock.now())
    for (const viewer of own) viewer.isBillDirty = false
    const bill = await readBill(first.manufacturerId, contractId)
    for (const viewer of own) if (viewers.has(viewer)) send(viewer, 'bill', bill)
  }

  function lastBilledAt(contractId: string): number {
    return billedAt.get(contractId) ?? -Infinity
  }

  /** Returns whether some are left that are due. */
  async function sendBills(ready: readonly Viewer[]): Promise<boolean> {
    const waiting = ready.filter(({ isBillDirty, contractId }) => isBillDirty && contractId !== undefined)
    const due = [...Map.groupBy(waiting, (viewer) => viewer.contractId ?? '')]
      .filter(([contractId]) => clock.now() - lastBilledAt(contractId) >= BILL_PAUSE_MS)
      .sort(([left], [right]) => compareInstants(lastBilledAt(left), lastBilledAt(right)))
    const queue = due.slice(0, BILLS_PER_TICK)
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await sendBill(...next)
    }
    await Promise.all(Array.from({ length: BILLS_AT_ONCE }, work))
    return due.length > BILLS_PER_TICK
  }

  return {
    noteDevices,

    /** False while nobody would be told of a change. */
    isListening,

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
      if (!isListening()) forgetAll()
      viewers.add(viewer)
      enlist(viewer)
      goOn(viewer)
      return () => {
        if (!viewers.delete(viewer)) return
        unlist(viewer)
        if (viewers.size === 0) lastLeftAt = clock.now()
        const { contractId } = viewer
        if (![...viewers].some((each) => each.contractId === contractId)) billedAt.delete(contractId ?? '')
      }
    },

    /** Looks again which devices each viewer's contracts have. */
    async refresh(): Promise<void> {
      for (const viewer of viewers) await refreshDevices(viewer)
    },

    /** Sends what is due to whoever takes it; returns whether there is more. */
    async tick(): Promise<boolean> {
      const ready = [...viewers].filter((viewer) => viewer.isWritable())
      for (const viewer of ready.filter(({ isBehind }) => isBehind)) {
        viewer.isBehind = false
        send(viewer, 'reset', {})
      }
      for (const [manufacturerId, own] of Map.groupBy(ready, (viewer) => viewer.manufacturerId)) {
        await sendDevices(manufacturerId, own)
      }
      return await sendBills(ready)
    },
  }
}

/** `-Infinity` less itself is not a number. */
function compareInstants(left: number, right: number): number {
  return left === right ? 0 : left - right
}
