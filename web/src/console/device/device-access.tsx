/** What a device signs in with: secrets and certificates, and the claim codes that are made for it before it first does. */
import { Stack } from '@mantine/core'

import type { Device } from '../../api/devices.ts'
import { useWords } from '../../words/language-context.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'
import { Section } from '../section.tsx'
import { DeviceCertificates } from './device-certificates.tsx'
import { DeviceClaims } from './device-claims.tsx'
import { DeviceSecrets } from './device-secrets.tsx'

export function DeviceAccess({ device }: { readonly device: Device }) {
  const words = useWords(fleetWords)
  return (
    <Stack gap="xl">
      <Section title={words.secrets}>
        <DeviceSecrets deviceId={device.id} />
      </Section>
      <Section title={words.certificates}>
        <DeviceCertificates deviceId={device.id} />
      </Section>
      <Section title={words.claimsOfDevice}>
        <DeviceClaims device={device} />
      </Section>
    </Stack>
  )
}
