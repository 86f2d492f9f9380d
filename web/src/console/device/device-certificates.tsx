/**
 * Which client certificates a device may sign in with, by their fingerprints. A certificate may be pasted as PEM: its fingerprint is
 * computed here, and only that is sent. The server keeps one list, so each change replaces it as a whole.
 */
import { Code, Group, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import { certificatesQuery, putCertificates } from '../../api/device-access.ts'
import { Problem } from '../../api/request.ts'
import { DataTable } from '../../parts/data-table.tsx'
import { FormFrame } from '../../parts/form-frame.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { useForm } from '../../parts/use-form.ts'
import { useWords } from '../../words/language-context.tsx'
import { Disclosure } from '../disclosure.tsx'
import { fleetWords } from '../fleet/fleet-words.ts'
import { SureButton } from '../sure-button.tsx'
import { useRight } from '../use-rights.ts'
import { fingerprintOf } from './certificate-fingerprint.ts'

export function DeviceCertificates({ deviceId }: { readonly deviceId: string }) {
  const words = useWords(fleetWords)
  const mayWrite = useRight('devices:write')
  const client = useQueryClient()
  const reload = () => client.invalidateQueries({ queryKey: ['certificates', deviceId] })
  const replacing = useMutation({
    mutationFn: (fingerprints: string[]) => putCertificates(deviceId, fingerprints),
    onSuccess: reload,
  })
  return (
    <QueryView query={useQuery(certificatesQuery(deviceId))} outlines={2}>
      {({ fingerprints }) => (
        <Stack>
          {replacing.isError && <ProblemNotice error={replacing.error} />}
          {fingerprints.length === 0 ? (
            <Text c="dimmed" maw={640}>
              {words.noCertificates}
            </Text>
          ) : (
            <DataTable
              caption={words.certificates}
              rows={fingerprints}
              keyOf={(fingerprint) => fingerprint}
              columns={[
                {
                  title: words.fingerprint,
                  cell: (fingerprint) => (
                    <Group gap="sm">
                      <Code style={{ overflowWrap: 'anywhere' }}>{inPairs(fingerprint)}</Code>
                      {mayWrite && (
                        <SureButton
                          label={words.revoke}
                          question={
                            fingerprints.length === 1 ? words.lastCertificateSure : words.certificateSure
                          }
                          onSure={() => replacing.mutate(fingerprints.filter((one) => one !== fingerprint))}
                        />
                      )}
                    </Group>
                  ),
                },
              ]}
            />
          )}
          {mayWrite && (
            <Disclosure label={words.newCertificate}>
              {(close) => (
                <CertificateForm
                  deviceId={deviceId}
                  fingerprints={fingerprints}
                  onDone={async () => {
                    await reload()
                    close()
                  }}
                />
              )}
            </Disclosure>
          )}
        </Stack>
      )}
    </QueryView>
  )
}

type FormProps = {
  readonly deviceId: string
  readonly fingerprints: readonly string[]
  readonly onDone: () => unknown
}

function CertificateForm({ deviceId, fingerprints, onDone }: FormProps) {
  const words = useWords(fleetWords)
  const form = useForm(
    { certificate: '' },
    async ({ certificate }) => {
      const fingerprint = await fingerprintOf(certificate)
      if (fingerprint === undefined) {
        throw new Problem({ status: 400, code: 'fingerprint_not_computed', title: words.noFingerprint })
      }
      return putCertificates(deviceId, [...new Set([...fingerprints, fingerprint])])
    },
    onDone,
  )
  return (
    <FormFrame form={form} submitLabel={words.addCertificate} label={words.newCertificate}>
      <Textarea
        required
        autosize
        minRows={4}
        maxRows={12}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        label={words.pemOrFingerprint}
        description={words.certificateNote}
        {...form.field('certificate')}
      />
    </FormFrame>
  )
}

/** As certificate tools write it, so that it can be compared. */
function inPairs(fingerprint: string): string {
  return (fingerprint.match(/../g) ?? []).join(':')
}
