/**
 * The way from an empty database to the first live reading, as a list that the server ticks off. The first open step is unfolded; the
 * list asks again by itself, so that a reading that arrives is seen without a press.
 */
import { Alert, Group, Loader, Stack, Text } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState, type ReactNode } from 'react'

import { setupQuery, setupSteps, type Setup, type SetupStep } from '../../api/office.ts'
import { PageTitle } from '../../parts/page-title.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { ButtonLink } from '../../parts/text-link.tsx'
import { useWords } from '../../words/language-context.tsx'
import { CustomerForm } from '../customers/customer-form.tsx'
import { SellerForm } from '../office/seller-form.tsx'
import { TaxRateForm } from '../tax/tax-rate-form.tsx'
import { ModelForm, TariffForm } from './catalogue-forms.tsx'
import { ContractStep } from './contract-step.tsx'
import { DeviceForm, DeviceSecret, type RegisteredDevice } from './device-form.tsx'
import { setUpWords } from './set-up-words.ts'
import classes from './set-up.module.css'

export function SetUpPage() {
  const words = useWords(setUpWords)
  return (
    <>
      <PageTitle title={words.title} note={words.note} />
      <QueryView query={useQuery(setupQuery)} outlines={setupSteps.length}>
        {(setup) => <Steps setup={setup} />}
      </QueryView>
    </>
  )
}

function Steps({ setup }: { readonly setup: Setup }) {
  const words = useWords(setUpWords)
  const client = useQueryClient()
  const isDone = (id: SetupStep) => setup.steps.find((step) => step.id === id)?.isDone === true
  const firstOpen = setupSteps.find((id) => !isDone(id))
  const [chosen, setChosen] = useState<SetupStep | 'none'>()
  const [device, setDevice] = useState<RegisteredDevice>()
  // What a person opened stays open; else the list goes on to what is next.
  const open = chosen ?? firstOpen
  const goOn = async () => {
    await client.invalidateQueries()
    setChosen(undefined)
  }
  return (
    <Stack gap="lg">
      <Group role="status">
        <Text fw={600}>
          {setup.isComplete
            ? words.complete
            : words.progress(setupSteps.filter(isDone).length, setupSteps.length)}
        </Text>
        {setup.isComplete && <ButtonLink to="/fleet">{words.toFleet}</ButtonLink>}
      </Group>
      <ol className={classes.steps}>
        {setupSteps.map((id, place) => (
          <Step
            key={id}
            id={id}
            place={place + 1}
            isDone={isDone(id)}
            isOpen={open === id}
            onToggle={() => setChosen(open === id ? 'none' : id)}
          >
            {id === 'seller' && <SellerForm onDone={goOn} />}
            {id === 'tax_rate' && <TaxRateForm onDone={goOn} />}
            {id === 'model' && <ModelForm onDone={goOn} />}
            {id === 'tariff' && <TariffForm onDone={goOn} />}
            {id === 'device' &&
              (device === undefined ? (
                <DeviceForm
                  onDone={async (registered) => {
                    // The secret is shown once, so this step stays open until the person goes on.
                    setDevice(registered)
                    setChosen('device')
                    await client.invalidateQueries()
                  }}
                />
              ) : (
                <DeviceSecret device={device} port={setup.mqttPort} />
              ))}
            {id === 'customer' && <CustomerForm onCreated={goOn} />}
            {id === 'contract' && <ContractStep onDone={goOn} />}
            {id === 'first_reading' && <FirstReading isDone={isDone(id)} />}
          </Step>
        ))}
      </ol>
    </Stack>
  )
}

type StepProps = {
  readonly id: SetupStep
  readonly place: number
  readonly isDone: boolean
  readonly isOpen: boolean
  readonly onToggle: () => void
  readonly children: ReactNode
}

function Step({ id, place, isDone, isOpen, onToggle, children }: StepProps) {
  const words = useWords(setUpWords)
  const bodyId = useId()
  const texts: Readonly<Record<SetupStep, string>> = {
    seller: words.sellerText,
    tax_rate: words.taxRateText,
    model: words.modelText,
    tariff: words.tariffText,
    device: words.deviceText,
    customer: words.customerText,
    contract: words.contractText,
    first_reading: words.firstReadingText,
  }
  return (
    <li className={`card ${classes.step ?? ''} ${classes.card ?? ''}`}>
      <h2 style={{ margin: 0, fontSize: 16 }}>
        <button
          type="button"
          className={classes.head}
          aria-expanded={isOpen}
          aria-controls={bodyId}
          onClick={onToggle}
        >
          <span className={classes.mark} data-done={isDone} aria-hidden>
            {isDone ? <IconCheck size={18} /> : place}
          </span>
          <span style={{ flex: 1, fontWeight: 600 }}>{words[id]}</span>
          <Text span size="sm" c="dimmed">
            {isDone ? words.isDone : words.isOpen}
          </Text>
        </button>
      </h2>
      <div id={bodyId} hidden={!isOpen} className={classes.body}>
        {isOpen && (
          <>
            <Text size="sm" c="dimmed" mb="md">
              {texts[id]}
            </Text>
            {children}
          </>
        )}
      </div>
    </li>
  )
}

function FirstReading({ isDone }: { readonly isDone: boolean }) {
  const words = useWords(setUpWords)
  if (isDone) return <Alert color="petrol" variant="light" role="status" title={words.arrived} />
  return (
    <Group role="status" gap="sm">
      <Loader size="sm" aria-hidden />
      <Text>{words.waiting}</Text>
    </Group>
  )
}
