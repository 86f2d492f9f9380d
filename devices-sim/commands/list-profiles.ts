/** Lists the kinds of device that can be simulated. */
import { profiles } from '../model/profiles.ts'
import { modelDocument } from '../register-devices.ts'

export function describeProfiles(isJson: boolean): string {
  if (isJson) {
    const documents = Object.values(profiles).map((profile) => ({
      profile: profile.name,
      description: profile.description,
      modelId: profile.modelId,
      ...modelDocument(profile),
    }))
    return `${JSON.stringify(documents)}\n`
  }
  return Object.values(profiles)
    .map(({ name, description, registers }) => {
      const listed = registers.map((register) => `${register.name} [${register.unit}]`).join(', ')
      return `${name.padEnd(12)}${description}\n${' '.repeat(12)}${listed}\n`
    })
    .join('')
}
