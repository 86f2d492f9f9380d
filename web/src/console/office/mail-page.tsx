/** One mail: how far it has come, and what it says. Its HTML is shown in a frame that runs nothing and loads nothing. */
import { Button, Stack, Tabs, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'

import { mailQuery, retryMail, type MailWithBody } from '../../api/mails.ts'
import { PageTitle } from '../../parts/page-title.tsx'
import { ProblemNotice } from '../../parts/problem-notice.tsx'
import { QueryView } from '../../parts/query-view.tsx'
import { TextLink } from '../../parts/text-link.tsx'
import { useLanguage, useWords } from '../../words/language-context.tsx'
import { Instant } from '../instant.tsx'
import { Section } from '../section.tsx'
import { useRight } from '../use-rights.ts'
import { isStuck, MailState } from './mail-state.tsx'
import classes from './office.module.css'
import { officeWords } from './office-words.ts'

export function MailPage() {
  const { mailId = '' } = useParams({ strict: false })
  return <QueryView query={useQuery(mailQuery(mailId))}>{(mail) => <View mail={mail} />}</QueryView>
}

function View({ mail }: { readonly mail: MailWithBody }) {
  const words = useWords(officeWords)
  const mayWrite = useRight('mails:write')
  const client = useQueryClient()
  const retrying = useMutation({
    mutationFn: () => retryMail(mail.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['mail', String(mail.id)] })
      await client.invalidateQueries({ queryKey: ['mails'] })
    },
  })
  return (
    <Stack gap="xl" maw={860}>
      <PageTitle title={mail.subject} note={<TextLink to="/mails">{words.allMails}</TextLink>}>
        {mayWrite && (isStuck(mail) || mail.state === 'waiting') && (
          <Button variant="default" loading={retrying.isPending} onClick={() => retrying.mutate()}>
            {mail.state === 'waiting' ? words.sendNow : words.sendAgain}
          </Button>
        )}
      </PageTitle>
      {retrying.isError && <ProblemNotice error={retrying.error} />}
      <Facts mail={mail} />
      <Section title={words.content}>
        <Content mail={mail} />
      </Section>
    </Stack>
  )
}

function Facts({ mail }: { readonly mail: MailWithBody }) {
  const words = useWords(officeWords)
  const { locale, language } = useLanguage()
  const languageName = new Intl.DisplayNames([language], { type: 'language' }).of(mail.language)
  return (
    <dl className={`card ${classes.facts ?? ''}`}>
      <dt>{words.to}</dt>
      <dd>{mail.to}</dd>
      <dt>{words.state}</dt>
      <dd>
        <MailState state={mail.state} />
      </dd>
      {mail.problem !== null && (
        <>
          <dt>{mail.state === 'bounced' ? words.cameBackBecause : words.problem}</dt>
          <dd>{mail.problem}</dd>
        </>
      )}
      <dt>{words.attempts}</dt>
      <dd className="numeric">{mail.attempts.toLocaleString(locale)}</dd>
      {mail.nextAttemptAt !== null && mail.state === 'waiting' && (
        <>
          <dt>{words.nextAttempt}</dt>
          <dd>
            <Instant at={mail.nextAttemptAt} />
          </dd>
        </>
      )}
      <dt>{words.written}</dt>
      <dd>
        <Instant at={mail.createdAt} />
      </dd>
      <dt>{words.sentAt}</dt>
      <dd>
        <Instant at={mail.sentAt} />
      </dd>
      <dt>{words.mailLanguage}</dt>
      <dd>{languageName}</dd>
    </dl>
  )
}

function Content({ mail: { text, html, subject } }: { readonly mail: MailWithBody }) {
  const words = useWords(officeWords)
  if (text === null && html === null) return <Text c="dimmed">{words.secretContent}</Text>
  const asText = (
    <div className="card">
      <pre className={classes.mail}>{text ?? words.noText}</pre>
    </div>
  )
  if (html === null) return asText
  return (
    <Tabs defaultValue="text" keepMounted={false}>
      <Tabs.List mb="sm">
        <Tabs.Tab value="text">{words.asText}</Tabs.Tab>
        <Tabs.Tab value="html">{words.asItLooks}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="text">{asText}</Tabs.Panel>
      <Tabs.Panel value="html">
        {/* No permission at all: the frame has no origin, runs no script, sends no form and opens no window. */}
        <iframe sandbox="" srcDoc={html} title={subject} className={classes.frame} />
      </Tabs.Panel>
    </Tabs>
  )
}
