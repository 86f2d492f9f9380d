/** The kinds of machine that can be simulated. */
import { compressorProfile } from './compressor.ts'
import { drillProfile, tunnelDrillProfile } from './drill.ts'
import type { Profile } from './profile.ts'
import { washerProfile } from './washer.ts'

export const profiles = {
  drill: drillProfile,
  tunnel_drill: tunnelDrillProfile,
  compressor: compressorProfile,
  washer: washerProfile,
} as const satisfies Readonly<Record<string, Profile>>

export type ProfileName = keyof typeof profiles

export function isProfileName(text: string): text is keyof typeof profiles {
  return Object.hasOwn(profiles, text)
}
