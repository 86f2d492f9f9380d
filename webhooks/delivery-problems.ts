/**
 * Why a delivery or one attempt of it failed: every code, its facts and its English sentence. The pages say the same in German and English
 * from catalogues of their own, which must have exactly these codes.
 */
import {
  declareProblems,
  problem,
  type ReasonOf,
  type SaidProblem,
  type SayArguments,
} from '../core/index.ts'

export const deliveryProblems = declareProblems({
  answered: problem(['status'], ({ status }) => `It answered ${status}.`),
  redirected: problem(
    ['status'],
    ({ status }) => `It answered ${status}, a redirect; those are not followed.`,
  ),
  timed_out: problem(['limitSeconds'], ({ limitSeconds }) => `It did not answer within ${limitSeconds} s.`),
  unreachable: problem(['errorCode'], ({ errorCode }) => `It could not be reached (${errorCode}).`),
  certificate_expired: problem(
    ['errorCode'],
    ({ errorCode }) => `Its certificate has expired (${errorCode}).`,
  ),
  certificate_of_other_name: problem(
    ['errorCode'],
    ({ errorCode }) => `Its certificate is for another name (${errorCode}).`,
  ),
  certificate_untrusted: problem(
    ['errorCode'],
    ({ errorCode }) => `Its certificate is not trusted (${errorCode}).`,
  ),
  server_stopped: problem([], () => 'This server stopped before the answer came.'),
  secret_unreadable: problem(
    [],
    () => 'Its signing secret cannot be read: the server has another key now. Make a new secret.',
  ),
  endpoint_switched_off: problem([], () => 'The endpoint was switched off before it was delivered.'),
  given_up: problem(
    [],
    () => 'Given up: nothing could be sent for four days. Send it again if it is still wanted.',
  ),
  given_up_without_key: problem(
    [],
    () => 'Given up: nothing could be sent for four days, since this server has no key for signing secrets.',
  ),

  // Where nothing is sent.
  address_not_whole: problem([], () => 'Write the whole address: "https://example.com/hooks".'),
  address_unencrypted: problem(
    [],
    () => 'Use an address that begins with "https://": events are sent encrypted only.',
  ),
  address_with_password: problem(
    [],
    () =>
      'Leave user and password out: deliveries are signed, and whoever reads the address would read them too.',
  ),
  address_with_fragment: problem([], () => 'Leave out what follows "#": it is never sent.'),
  port_reserved: problem(['lowestPort'], ({ lowestPort }) => `Use port 443 or one from ${lowestPort} on.`),
  address_private: problem(
    ['host'],
    ({ host }) => `Use a server on the internet: ${host} is an address of a private or special network.`,
  ),
  name_without_address: problem(['host'], ({ host }) => `Check the name "${host}": it has no address.`),
  name_private: problem(
    ['host'],
    ({ host }) =>
      `Use a server on the internet: "${host}" leads to an address of a private or special network.`,
  ),
})

type Declared = typeof deliveryProblems.problems

export type DeliveryReason = ReasonOf<Declared>
export type SaidDeliveryProblem = SaidProblem<Declared>

/** Nothing can be sent there. */
export class DeliveryProblem extends Error {
  override readonly name = 'DeliveryProblem'
  readonly said: SaidDeliveryProblem

  constructor(...what: SayArguments<Declared>) {
    const said = deliveryProblems.say(...what)
    super(said.sentence)
    this.said = said
  }
}

/** As rows of deliveries and attempts keep it. */
export function problemColumns(said: SaidDeliveryProblem | undefined) {
  return {
    problem: said?.sentence ?? null,
    problem_reason: said === undefined ? null : JSON.stringify(said.reason),
  }
}
