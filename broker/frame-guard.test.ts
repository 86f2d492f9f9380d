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
