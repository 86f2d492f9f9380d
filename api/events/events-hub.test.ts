import { describe, expect, it } from 'vitest'

import type { CustomerId, ManufacturerId } from '../../core/index.ts'
import { createEventsHub, type EventTopic, type HubEvent } from './events-hub.ts'

const own = 'man_own' as ManufacturerId
const other = 'man_other' as ManufacturerId

function openHub() {
  const clock = { at: 1_000_000, now: () => clock.at }
  const bills: string[] = []
  const hub = createEventsHub(
    {
      // Devices whose id begins with "o" are the other manufacturer's.
      readDevices: async (manufacturerId, ids) =>
        ids
          .filter((id) => id.startsWith('o') === (manufacturerId === other))
          .map((id) => ({ id, shown: { id } })),
      listDeviceIds: async () => ['d-1'],
      readBill: async (_manufacturerId, contractId) => {
        bills.push(contractId)
        return { contractId, no: bills.length }
      },
    },
    { clock, boot: 'b00t' },
  )
  const view = async (
    topics: EventTopic[],
    more: {
      contractId?: string
      lastEventId?: string
      customerId?: string
      manufacturerId?: ManufacturerId
    } = {},
  ) => {
    const events: HubEvent[] = []
    const state = { isWritable: true }
    const remove = await hub.addViewer({
      manufacturerId: more.manufacturerId ?? own,
      customerId: more.customerId as CustomerId | undefined,
      topics: new Set(topics),
      contractId: more.contractId,
      lastEventId: more.lastEventId,
      isWritable: () => state.isWritable,
      send: (event) => events.push(event),
    })
    return { events, state, remove, said: () => events.splice(0).map(({ event, data }) => [event, data]) }
  }
  return { hub, clock, bills, view }
}

describe('events', () => {
  it('tell a manufacturer of its own devices and of no others', async () => {
    const { hub, view } = openHub()
    const viewer = await view(['device_status'])
    const foreign = await view(['device_status'], { manufacturerId: other })
    hub.noteDevices(['d-1', 'o-1'])
    await hub.tick()
    expect(viewer.said()).toEqual([['device_status', { id: 'd-1' }]])
    expect(foreign.said()).toEqual([['device_status', { id: 'o-1' }]])
  })

  it('tell a customer of the devices of its contracts only', async () => {
    const { hub, view, clock } = openHub()
    const viewer = await view(['usage'], { customerId: 'cust_1' })
    hub.noteDevices(['d-1', 'd-2'])
    await hub.tick()
    expect(viewer.said()).toEqual([['usage', { deviceId: 'd-1', at: new Date(clock.at).toISOString() }]])
  })

  it('keep only the newest of each subject for a viewer that does not take more', async () => {
    const { hub, view } = openHub()
    const viewer = await view(['device_status'])
    viewer.state.isWritable = false
    for (let round = 0; round < 100; round += 1) hub.noteDevices(['d-1', 'd-2'])
    await hub.tick()
    expect(viewer.said()).toEqual([])
    viewer.state.isWritable = true
    await hub.tick()
    await hub.tick()
    expect(viewer.said()).toEqual([
      ['device_status', { id: 'd-1' }],
      ['device_status', { id: 'd-2' }],
    ])
  })

  it('hold no more for a viewer that takes nothing than ids of a bounded number of devices', async () => {
    const { hub, view } = openHub()
    const viewer = await view(['device_status'])
    viewer.state.isWritable = false
    for (let round = 0; round < 5; round += 1) {
      hub.noteDevices(Array.from({ length: 20_000 }, (_, index) => `d-${round}-${index}`))
      await hub.tick()
    }
    expect(hub.waitingCount()).toBe(10_000)
    expect(viewer.said()).toEqual([])
    viewer.state.isWritable = true
    await hub.tick()
    expect(viewer.said()[0]).toEqual(['reset', {}])
  })

  it('say "reset" to a viewer for whom too much changed', async () => {
    const { hub, view } = openHub()
    const viewer = await view(['device_status'])
    hub.noteDevices(Array.from({ length: 10_001 }, (_, index) => `d-${index}`))
    await hub.tick()
    expect(viewer.said()[0]).toEqual(['reset', {}])
  })
})

describe('a bill', () => {
  it('is computed at most once every two seconds for all who look', async () => {
    const { hub, view, clock, bills } = openHub()
    const viewers = [
      await view(['bill'], { contractId: 'con_1' }),
      await view(['bill'], { contractId: 'con_1' }),
    ]
    await hub.tick()
    for (const viewer of viewers) expect(viewer.said()).toEqual([['bill', { contractId: 'con_1', no: 1 }]])
    hub.noteDevices(['d-1'])
    clock.at += 1_999
    await hub.tick()
    expect(bills).toHaveLength(1)
    clock.at += 1
    await hub.tick()
    for (const viewer of viewers) expect(viewer.said()).toEqual([['bill', { contractId: 'con_1', no: 2 }]])
  })

  it('is not computed for a device of another contract, nor when nobody looks', async () => {
    const { hub, view, clock, bills } = openHub()
    const viewer = await view(['bill'], { contractId: 'con_1' })
    await hub.tick()
    clock.at += 10_000
    hub.noteDevices(['d-2'])
    await hub.tick()
    expect(bills).toHaveLength(1)
    viewer.remove()
    hub.noteDevices(['d-1'])
    await hub.tick()
    expect([bills.length, hub.viewerCount()]).toEqual([1, 0])
  })
})

describe('Last-Event-ID', () => {
  it('goes on with what changed since', async () => {
    const { hub, view } = openHub()
    const first = await view(['device_status'])
    hub.noteDevices(['d-1'])
    await hub.tick()
    const lastEventId = first.events.at(-1)?.id ?? ''
    first.remove()
    hub.noteDevices(['d-2'])
    const second = await view(['device_status'], { lastEventId })
    await hub.tick()
    expect(second.said()).toEqual([['device_status', { id: 'd-2' }]])
  })

  it.each(['old-7', 'b00t-0'])(
    'asks to read everything again after %s if events may be missing',
    async (lastEventId) => {
      const { hub, view } = openHub()
      await view(['device_status'])
      // More devices than are remembered.
      hub.noteDevices(Array.from({ length: 100_001 }, (_, index) => `d-${index}`))
      const viewer = await view(['device_status'], { lastEventId })
      await hub.tick()
      expect(viewer.said()[0]).toEqual(['reset', {}])
    },
  )
})

describe('while nobody looks', () => {
  it('who comes back within a minute goes on, and nothing is noted after it', async () => {
    const { hub, view, clock } = openHub()
    expect(hub.isListening()).toBe(false)
    const first = await view(['device_status'])
    hub.noteDevices(['d-1'])
    await hub.tick()
    const lastEventId = first.events.at(-1)?.id ?? ''
    first.remove()
    clock.at += 59_999
    expect(hub.isListening()).toBe(true)
    clock.at += 1
    expect(hub.isListening()).toBe(false)
    hub.noteDevices(['d-2'])

    const second = await view(['device_status'], { lastEventId })
    await hub.tick()
    expect(second.said()).toEqual([['reset', {}]])
  })
})

describe('many bills', () => {
  it('are all computed before any of them again, and few at once', async () => {
    const { hub, view, clock, bills } = openHub()
    const contractIds = Array.from({ length: 130 }, (_, index) => `con_${index}`)
    for (const contractId of contractIds) await view(['bill'], { contractId })
    expect(await hub.tick()).toBe(true)
    expect(bills).toHaveLength(60)
    // The first are due again, all of the others still wait.
    clock.at += 2_000
    hub.noteDevices(['d-1'])
    expect(await hub.tick()).toBe(true)
    expect(await hub.tick()).toBe(true)
    expect(new Set(bills.slice(0, 130)).size).toBe(130)
    expect(await hub.tick()).toBe(false)
  })
})
