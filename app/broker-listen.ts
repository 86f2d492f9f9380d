/** Where the broker listens, with the files of its TLS read once at the start. */
import { readFileSync } from 'node:fs'
import type { Config } from './config.ts'

export function brokerListen(config: Config) {
  const { mqttHost, mqttPort, mqttWebSocketPort } = config
  return {
    host: mqttHost,
    mqttPort,
    ...(mqttWebSocketPort === undefined ? {} : { webSocketPort: mqttWebSocketPort }),
    ...brokerTls(config),
  }
}

function brokerTls(config: Config) {
  const { mqttTlsPort, mqttTlsKeyFile, mqttTlsCertFile, mqttTlsClientCaFile, mqttTlsWebSocketPort } = config
  if (mqttTlsPort === undefined || mqttTlsKeyFile === undefined || mqttTlsCertFile === undefined) return {}
  return {
    tls: {
      port: mqttTlsPort,
      key: readFileSync(mqttTlsKeyFile),
      cert: readFileSync(mqttTlsCertFile),
      ...(mqttTlsClientCaFile === undefined ? {} : { clientCa: readFileSync(mqttTlsClientCaFile) }),
      ...(mqttTlsWebSocketPort === undefined ? {} : { webSocketPort: mqttTlsWebSocketPort }),
    },
  }
}
