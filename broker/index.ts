/** The face of `broker/`: the embedded MQTT broker that devices talk to. */
export { createBroker } from './create-broker.ts'
export type {
  Broker,
  BrokerAlarm,
  BrokerOptions,
  BrokerStats,
  DownlinkMessage,
  ListenAddress,
  PresenceEvent,
} from './broker-types.ts'
export { brokerErrors } from './errors.ts'
export { defaultBrokerLimits, type BrokerLimits } from './limits.ts'
