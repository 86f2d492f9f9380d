import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { configFlags, formatExampleEnvironment, loadConfig, redactConfig, settingNames } from './config.ts'

function mistakes(
  flags: Record<string, string | boolean>,
  environment: Record<string, string> = {},
): string[] {
  try {
    loadConfig(flags, environment)
    return []
  } catch (error) {
    return (error as { issues: { detail: string }[] }).issues.map(({ detail }) => detail)
  }
}

describe('loadConfig', () => {
  it('has safe defaults: loopback addresses, no live keys', () => {
    expect(loadConfig({}, {})).toMatchObject({
      data: './data',
      mqttHost: '127.0.0.1',
      mqttPort: 1883,
      httpHost: '127.0.0.1',
      httpPort: 8080,
      allowLiveStripeKey: false,
    })
  })

  it('takes a flag before a variable before the default', () => {
    const config = loadConfig({ 'http-port': '9000' }, { USANCE_HTTP_PORT: '9001', USANCE_MQTT_PORT: '1884' })
    expect([config.httpPort, config.mqttPort]).toEqual([9000, 1884])
  })

  it('reports all mistakes at once, an unknown variable among them', () => {
    const found = mistakes(
      { 'http-port': '70000', 'stripe-url': 'stripe' },
      { USANCE_MQTT_PROT: '1883', USANCE_LOG_LEVEL: 'loud', HOME: '/root' },
    )
    const about = ['USANCE_MQTT_PROT', 'USANCE_HTTP_PORT', 'USANCE_STRIPE_URL', 'USANCE_LOG_LEVEL']
    expect(about.filter((name) => found.some((detail) => detail.includes(name)))).toEqual(about)
  })

  it('refuses a port that is no whole number', () => {
    expect(mistakes({ 'http-port': '80.5' })).toHaveLength(1)
    expect(mistakes({ 'http-port': '' })).toHaveLength(1)
  })

  it('refuses half a TLS configuration', () => {
    expect(mistakes({ 'mqtt-tls-port': '8883' })).toEqual([
      'Set all of USANCE_MQTT_TLS_PORT, USANCE_MQTT_TLS_KEY_FILE, USANCE_MQTT_TLS_CERT_FILE, or none of them.',
    ])
  })

  it('refuses device certificates and secure WebSocket without TLS', () => {
    const flags = { 'mqtt-tls-client-ca-file': 'ca.pem', 'mqtt-tls-web-socket-port': '8884' }
    const needs = 'needs all of USANCE_MQTT_TLS_PORT, USANCE_MQTT_TLS_KEY_FILE, USANCE_MQTT_TLS_CERT_FILE.'
    expect(mistakes(flags)).toEqual([
      `USANCE_MQTT_TLS_CLIENT_CA_FILE ${needs}`,
      `USANCE_MQTT_TLS_WEB_SOCKET_PORT ${needs}`,
    ])
  })

  it('is frozen', () => {
    expect(Object.isFrozen(loadConfig({}, {}))).toBe(true)
  })

  it('hides secrets in what is logged', () => {
    const secretKey = `${'A'.repeat(43)}=`
    const logged = redactConfig(loadConfig({ 'secret-key': secretKey, 'influx-password': 'hunter2' }, {}))
    expect(JSON.stringify(logged)).not.toMatch(/AAAA|hunter2/)
    expect(logged).toMatchObject({ secretKey: '[set]', influxPassword: '[set]' })
  })
})

describe('.env.example', () => {
  it('is what the schema says', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(formatExampleEnvironment())
  })
})

describe('usance serve --help', () => {
  it('names every setting and no other', () => {
    const help = readFileSync(new URL('./commands/serve.help.txt', import.meta.url), 'utf8')
    const named = [...help.matchAll(/^ {2}--([a-z-]+)/gm)].map((match) => match[1])
    expect(named).toEqual(Object.keys(configFlags))
    expect(named).toHaveLength(settingNames.length)
  })
})
