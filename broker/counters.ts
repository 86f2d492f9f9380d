/** What the broker counted since it started; the source of `stats()`. Only ever rises. */
export type BrokerCounters = {
  /** Connections closed before they could send anything: too many, too fast, or too many refused sign-ins. */
  refusedConnections: number
  /** CONNECTs answered with a refusal. */
  refusedLogins: number
  /** Sign-ins that ended an older connection of the same device. */
  takeovers: number
  /** Alarms that a credential is used by two machines. */
  clonedCredentials: number
  /** Connections that the broker closed because of what the peer did (or did not do). */
  droppedConnections: number
  /** Publishes taken from devices, status messages included. */
  received: number
  /** Messages that were taken with a refusal of ours, for quarantine. */
  refusedMessages: number
  /** Status messages; they are not handed over. */
  statusMessages: number
  /** Messages whose batch was committed. */
  handedOver: number
  /** Messages released to their device after the commit (QoS 1: PUBACK, QoS 2: PUBREC). */
  acknowledged: number
  /** Messages given up because the store could not commit them in time; the device still has them. */
  abandoned: number
  batches: number
  failedHandOvers: number
  problemsSent: number
  /** Problems of devices that are not connected, not subscribed, or not reading. */
  problemsUndelivered: number
}

export function createCounters(): BrokerCounters {
  return {
    refusedConnections: 0,
    refusedLogins: 0,
    takeovers: 0,
    clonedCredentials: 0,
    droppedConnections: 0,
    received: 0,
    refusedMessages: 0,
    statusMessages: 0,
    handedOver: 0,
    acknowledged: 0,
    abandoned: 0,
    batches: 0,
    failedHandOvers: 0,
    problemsSent: 0,
    problemsUndelivered: 0,
  }
}
