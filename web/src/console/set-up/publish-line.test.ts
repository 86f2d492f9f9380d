import { describe, expect, it } from 'vitest'

import { publishLine } from './publish-line.ts'

describe('publishLine', () => {
  it('signs in as the device and sends one reading with acknowledgement', () => {
    const line = publishLine({
      host: 'usance.example',
      port: 1883,
      deviceId: 'drill-1',
      secret: 's3cret',
      register: 'run_s',
      at: '2026-11-22T07:12:03.000Z',
    })
    expect(line).toBe(
      "mosquitto_pub -h usance.example -q 1 -i 'drill-1' -u 'drill-1' -P 's3cret' \\\n" +
        "  -t 'devices/drill-1/readings' " +
        '-m \'{"v":1,"epoch":1,"seq":1,"at":"2026-11-22T07:12:03.000Z","clock":"synced","registers":{"run_s":0}}\'',
    )
  })

  it('names the port where it is not the usual one', () => {
    const given = {
      host: 'localhost',
      deviceId: 'd',
      secret: 's',
      register: 'run_s',
      at: '2026-11-22T07:12:03.000Z',
    }
    expect(publishLine({ ...given, port: 2883 })).toContain("mosquitto_pub -h localhost -p 2883 -q 1 -i 'd'")
  })
})
