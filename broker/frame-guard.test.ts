import { generate } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { FrameGuard } from './frame-guard.ts'

const limits = { maxFrameBytes: 1_000, maxConnectFrameBytes: 100 }
const connect = Buffer.from([0x10, 2, 0, 0])

function guardAfterConnect(): FrameGuard {
  const guard = new FrameGuard(limits)
  guard.check(connect)
  return guard
}

describe('FrameGuard', () => {
  it.each([
    ['a frame exactly at the limit', [0x30, 0xe8, 0x07], undefined],
    ['a frame one byte above the limit', [0x30, 0xe9, 0x07], 'frame_too_large'],
    ['an announcement of 256 MiB', [0x30, 0xff, 0xff, 0xff, 0x7f], 'frame_too_large'],
    ['a length of five bytes', [0x30, 0xff, 0xff, 0xff, 0xff], 'length_malformed'],
    ['a second frame above the limit in the same chunk', [0xc0, 0, 0x30, 0xe9, 0x07], 'frame_too_large'],
  ])('judges %s by its header alone', (_what, bytes, fault) => {
    expect(guardAfterConnect().check(Buffer.from(bytes))).toBe(fault)
  })

  it.each([
    ['a CONNECT at its own limit', [0x10, 100], undefined],
    ['a CONNECT above its own limit', [0x10, 101], 'connect_too_large'],
    ['anything but a CONNECT', [0x30, 2], 'not_mqtt'],
  ])('judges %s as the first frame', (_what, bytes, fault) => {
    expect(new FrameGuard(limits).check(Buffer.from(bytes))).toBe(fault)
  })

  it.each([
    ['a PUBLISH at QoS 1 with a topic and an identifier', [0x32, 5, 0, 1, 0x74, 0, 9], undefined],
    ['a PUBLISH at QoS 1 that ends before its identifier', [0x32, 4, 0, 1, 0x74, 0], 'length_malformed'],
    ['a PUBLISH at QoS 0 that ends before its topic does', [0x30, 4, 0, 3, 0x74, 0], 'length_malformed'],
    ['a PUBLISH without room for a topic', [0x30, 1], 'length_malformed'],
    ['a topic whose length lies in the next chunk', [0x32, 5, 0], undefined],
    ['a PUBACK without an identifier', [0x40, 0], 'length_malformed'],
    ['a PUBREL with half an identifier', [0x62, 1], 'length_malformed'],
    ['a SUBSCRIBE without an identifier', [0x82, 1], 'length_malformed'],
    ['a PINGREQ, which has none', [0xc0, 0], undefined],
  ])('lets no packet reach beyond its end: %s', (_what, bytes, fault) => {
    expect(guardAfterConnect().check(Buffer.from(bytes))).toBe(fault)
  })

  it('finds a topic that is too long though it is cut anywhere', () => {
    const guard = guardAfterConnect()
    const faults = [0x32, 5, 0, 2].map((byte) => guard.check(Buffer.from([byte])))
    expect(faults).toEqual([undefined, undefined, undefined, 'length_malformed'])
  })

  it('sees a goodbye, and none in a payload that looks like one', () => {
    const guard = guardAfterConnect()
    guard.check(
      generate({
        cmd: 'publish',
        topic: 't',
        payload: Buffer.from([0xe0, 0]),
        qos: 0,
        retain: false,
        dup: false,
      }),
    )
    expect(guard.hasSeenDisconnect).toBe(false)
    guard.check(Buffer.from([0xe0]))
    guard.check(Buffer.from([0]))
    expect(guard.hasSeenDisconnect).toBe(true)
  })
})
