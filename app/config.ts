/**
 * The one declaration of every setting: type, default, environment variable and flag.
 *
 * A setting `mqttPort` is the variable `USANCE_MQTT_PORT` and the flag `--mqtt-port`; a flag wins. All mistakes are
 * collected and reported in one message; an unknown `USANCE_…` variable is a mistake, because a misspelt one would
 * silently do nothing. This is the only file that knows about the environment; parts get their slice, not the whole.
 */
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { InputIssue } from '../core/index.ts'
import { appErrors } from './errors.ts'

const Port = (options: { default?: number; description: string }) =>
  Type.Integer({ minimum: 0, maximum: 65_535, ...options })
const Text = (options: { default?: string; description: string; minLength?: number }) =>
  Type.String({ minLength: 1, ...options })

export const ConfigSchema = Type.Object(
  {
    data: Text({ default: './data', description: 'Folder of the databases' }),
    mqttHost: Text({
      default: '127.0.0.1',
      description: 'Address the broker listens on; 0.0.0.0 for every interface',
    }),
    mqttPort: Port({ default: 1883, description: 'MQTT over TCP; 0 takes a free port' }),
    mqttWebSocketPort: Type.Optional(Port({ description: 'MQTT over WebSocket; off unless set' })),
    mqttTlsPort: Type.Optional(Port({ description: 'MQTT over TLS; needs key and certificate' })),
    mqttTlsKeyFile: Type.Optional(Text({ description: 'PEM file with the private key' })),
    mqttTlsCertFile: Type.Optional(Text({ description: 'PEM file with the certificate chain' })),
    mqttTlsClientCaFile: Type.Optional(
      Text({
        description:
          'PEM file with the authorities of device certificates; devices may then show one instead of a secret',
      }),
    ),
    mqttTlsWebSocketPort: Type.Optional(
      Port({ description: 'MQTT over WebSocket over TLS; needs the TLS port too' }),
    ),
    httpHost: Text({ default: '127.0.0.1', description: 'Address the HTTP server listens on' }),
    httpPort: Port({ default: 8080, description: 'HTTP; 0 takes a free port' }),
    publicUrl: Type.Optional(
      Type.String({
        pattern: '^https?://[^/]+$',
        description: 'Where people reach the server, "https://usance.example"',
      }),
    ),
    influx: Type.Optional(
      Type.String({ pattern: '^https?://', description: 'InfluxDB to forward to, "http://localhost:8086"' }),
    ),
    influxDatabase: Text({ default: 'usance', description: 'Database or mapped bucket in InfluxDB' }),
    influxUsername: Type.Optional(Text({ description: 'User of InfluxDB, if it asks for one' })),
    influxPassword: Type.Optional(Text({ description: 'Password or API token of InfluxDB' })),
    secretKey: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9+/]{43}=$',
        description:
          'Key for sign-in and stored credentials: 32 random bytes in base 64 (usance init makes one)',
      }),
    ),
    stripeUrl: Type.String({
      pattern: '^https?://[^/]+$',
      default: 'https://api.stripe.com',
      description: "Stripe's API, or a sandbox",
    }),
    stripeRequestsPerSecond: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 25,
      description: 'Requests to one endpoint of Stripe per second, four times as many in all',
    }),
    smtpUrl: Type.Optional(
      Type.String({
        pattern: '^smtps?://',
        description: 'Mail server, "smtps://user:password@mail.example:465"; mails wait without one',
      }),
    ),
    mailFrom: Type.Optional(
      Type.String({
        pattern: '^[^<>]*<?[^\\s@<>]+@[^\\s@<>]+>?$',
        description: 'Sender of mails, "Acme <usance@acme.example>"; needed with a mail server',
      }),
    ),
    bounceAddress: Type.Optional(
      Type.String({
        pattern: '^[^\\s@<>+]+@[^\\s@<>]+$',
        description:
          'Where reports of failed delivery go, "bounces@usance.example"; hand what comes to bounces+…@ to "usance mail bounce"',
      }),
    ),
    allowLiveStripeKey: Type.Boolean({
      default: false,
      description: 'Accept live Stripe keys, which move real money',
    }),
    allowPrivateWebhooks: Type.Boolean({
      default: false,
      description:
        'Let webhooks go to addresses of your own network and over plain HTTP; for trying things out',
    }),
    billingGraceHours: Type.Integer({
      minimum: 0,
      maximum: 24 * 90,
      default: 72,
      description: 'How long a bill waits for devices that have not reported past the end of the period',
    }),
    logLevel: Type.Union(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
      { default: 'info', description: 'fatal, error, warn, info, debug, trace or silent' },
    ),
  },
  { additionalProperties: false },
)

export type Config = Readonly<Static<typeof ConfigSchema>>

type SettingName = keyof Config
const PREFIX = 'USANCE_'

/** Variables of ours that are no settings of the server: the simulator's key. */
const otherVariables = ['USANCE_API_KEY']
const secretSettings: ReadonlySet<string> = new Set<SettingName>(['secretKey', 'influxPassword', 'smtpUrl'])

export const settingNames = Object.keys(ConfigSchema.properties) as SettingName[]

/** `mqttPort` → `USANCE_MQTT_PORT` */
function environmentName(setting: string): string {
  return PREFIX + setting.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}

/** `mqttPort` → `mqtt-port` */
function flagName(setting: string): string {
  return setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The options that `parseArgs` takes for the settings. */
export const configFlags = Object.fromEntries(
  settingNames.map((setting) => [
    flagName(setting),
    { type: isBoolean(setting) ? ('boolean' as const) : ('string' as const) },
  ]),
)

/**
 * Reads the settings from flags (by flag name) and environment.
 * @throws AppError `configuration_invalid` with one issue per mistake.
 */
export function loadConfig(
  flags: Readonly<Record<string, string | boolean | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const issues: InputIssue[] = []
  const document: Record<string, unknown> = {}
  for (const setting of settingNames) {
    const given = flags[flagName(setting)] ?? environment[environmentName(setting)]
    if (given !== undefined) document[setting] = fromText(setting, given)
  }
  const known = new Set([...settingNames.map(environmentName), ...otherVariables])
  for (const name of Object.keys(environment)) {
    if (name.startsWith(PREFIX) && !known.has(name)) {
      issues.push({ pointer: name, detail: `${name} is not a setting; see "usance serve --help".` })
    }
  }
  const complete = Value.Default(ConfigSchema, document)
  for (const error of Value.Errors(ConfigSchema, complete)) {
    const setting = error.instancePath.slice(1)
    issues.push({
      pointer: error.instancePath,
      detail: `${environmentName(setting)} (--${flagName(setting)}) ${error.message}.`,
    })
  }
  if (issues.length === 0) issues.push(...findContradictions(complete as Config))
  if (issues.length > 0) {
    const lines = [...new Set(issues.map(({ detail }) => `  - ${detail}`))]
    throw appErrors.configuration_invalid(`Correct the configuration:\n${lines.join('\n')}`, { issues })
  }
  return Object.freeze(complete as Config)
}

/** The settings without secrets, for the one log line at the start. */
export function redactConfig(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([setting, value]) => [
      setting,
      secretSettings.has(setting) ? '[set]' : value,
    ]),
  )
}

/** The content of `.env.example`. */
export function formatExampleEnvironment(): string {
  const blocks = settingNames.map((setting) => {
    const schema = ConfigSchema.properties[setting] as {
      description?: string
      default?: string | number | boolean
    }
    const value = String(schema.default ?? '')
    return `# ${schema.description ?? setting}\n#${environmentName(setting)}=${value}\n`
  })
  return `# Settings of Usance and their defaults. Copy to .env and uncomment what you change.\n\n${blocks.join('\n')}`
}

function findContradictions(config: Config): InputIssue[] {
  return [...findMailContradictions(config), ...findTlsContradictions(config)]
}

function findMailContradictions({ smtpUrl, mailFrom }: Config): InputIssue[] {
  if (smtpUrl === undefined || mailFrom !== undefined) return []
  return [{ pointer: '/mailFrom', detail: 'USANCE_SMTP_URL needs USANCE_MAIL_FROM, the sender of mails.' }]
}

function findTlsContradictions(config: Config): InputIssue[] {
  const tls = [config.mqttTlsPort, config.mqttTlsKeyFile, config.mqttTlsCertFile]
  const given = tls.filter((part) => part !== undefined).length
  if (given === tls.length) return []
  const names = ['mqttTlsPort', 'mqttTlsKeyFile', 'mqttTlsCertFile'].map(environmentName).join(', ')
  if (given > 0) return [{ pointer: '/mqttTlsPort', detail: `Set all of ${names}, or none of them.` }]
  return (['mqttTlsClientCaFile', 'mqttTlsWebSocketPort'] as const)
    .filter((setting) => config[setting] !== undefined)
    .map((setting) => ({
      pointer: `/${setting}`,
      detail: `${environmentName(setting)} needs all of ${names}.`,
    }))
}

function isBoolean(setting: SettingName): boolean {
  return (ConfigSchema.properties[setting] as { type?: string }).type === 'boolean'
}

function fromText(setting: SettingName, given: string | boolean): unknown {
  if (typeof given === 'boolean') return given
  const { type } = ConfigSchema.properties[setting] as { type?: string }
  if (type === 'integer' && /^-?\d{1,9}$/.test(given)) return Number(given)
  if (type === 'boolean' && (given === 'true' || given === 'false')) return given === 'true'
  return given
}
