import { declareErrors } from '../core/index.ts'

/** The errors of people, their keys and their settings. What a sign-in refuses never says why: that would name who is known. */
export const peopleErrors = declareErrors({
  people_input_invalid: { kind: 'validation', title: 'The input cannot be taken as it is' },
  sign_in_not_configured: { kind: 'dependency', title: 'Signing in is not set up on this server' },
  sign_in_refused: { kind: 'unauthenticated', title: 'The sign-in was refused' },
  session_expired: { kind: 'unauthenticated', title: 'The session has ended' },
  session_too_old: { kind: 'forbidden', title: 'The sign-in is too long ago for this' },
  origin_foreign: { kind: 'forbidden', title: 'The request comes from another site' },
  link_unknown: { kind: 'not_found', title: 'The link is not one that was given out' },
  link_expired: { kind: 'not_found', title: 'The link has expired' },
  link_used: { kind: 'not_found', title: 'The link was used before' },
  password_weak: { kind: 'validation', title: 'The password can be guessed' },
  person_needed: { kind: 'forbidden', title: 'Only a signed-in person can do this' },
  right_not_held: { kind: 'forbidden', title: 'Nobody gives away a right that he does not have' },
  member_exists: { kind: 'conflict', title: 'The person is a member already' },
  membership_not_found: { kind: 'not_found', title: 'No such membership' },
  last_administrator: { kind: 'conflict', title: 'Somebody has to stay administrator' },
  api_key_not_found: { kind: 'not_found', title: 'No such API key' },
  manufacturer_not_found: { kind: 'not_found', title: 'No such manufacturer' },
  customer_not_found: { kind: 'not_found', title: 'No such customer' },
  already_initialised: { kind: 'conflict', title: 'The installation has its administrator' },
})
