const USUAL_PORT = 1_883

/** The line that sends a first reading from a terminal. Names and secrets hold no quote, so single quotes are safe. */
export function publishLine(given: {
  readonly host: string
  readonly port: number
  readonly deviceId: string
  readonly secret: string
  readonly register: string
  readonly at: string
}): string {
  const { host, port, deviceId, secret, register, at } = given
  const reading = { v: 1, epoch: 1, seq: 1, at, clock: 'synced', registers: { [register]: 0 } }
  return [
    `mosquitto_pub -h ${host}${port === USUAL_PORT ? '' : ` -p ${port}`} -q 1 -i '${deviceId}' -u '${deviceId}' -P '${secret}'`,
    `-t 'devices/${deviceId}/readings' -m '${JSON.stringify(reading)}'`,
  ].join(' \\\n  ')
}
