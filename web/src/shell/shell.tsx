/**
 * What surrounds every page of somebody signed in: who it is for, the way to the other pages, and the check that this person
 * may see this one. The server checks again; this only spares people a refusal.
 */
import { Burger, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, Navigate, Outlet, useMatches } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { meQuery, type Me } from '../api/me.ts'
import { Problem } from '../api/request.ts'
import { ProblemNotice } from '../parts/problem-notice.tsx'
import { commonWords } from '../words/common-words.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'
import { AccountMenu } from './account-menu.tsx'
import { Brand } from './brand.tsx'
import { audienceOf, mayOpen, pagesFor } from './navigation.ts'
import { NoRight } from './no-right.tsx'
import { pageIcons } from './page-icons.tsx'
import classes from './shell.module.css'

export function Shell() {
  const query = useQuery(meQuery)
  if (query.data !== undefined) return <SignedIn me={query.data} />
  if (query.error instanceof Problem && query.error.status === 401) {
    return <ToSignIn />
  }
  return (
    <main className={classes.main}>
      <div className={classes.narrow}>
        {query.isError ? (
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton height={120} radius="md" />
        )}
      </div>
    </main>
  )
}

/** Remembers the address once: the one of the sign-in itself must not take its place while the way there is under way. */
function ToSignIn() {
  const [next] = useState(() => location.pathname + location.search)
  return <Navigate to="/sign-in" search={{ next }} replace />
}

function SignedIn({ me }: { readonly me: Me }) {
  const words = useWords(commonWords)
  const { setLanguage } = useLanguage()
  const personLanguage = me.person?.language
  useEffect(() => {
    if (personLanguage !== undefined) setLanguage(personLanguage)
  }, [personLanguage, setLanguage])
  const gate = useMatches({ select: (matches) => matches.at(-1)?.staticData })
  const isCustomer = audienceOf(me) === 'customer'
  const { manufacturer, customer } = me.active
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <a className={classes.skip} href="#content">
        {words.skip}
      </a>
      <header className={classes.header}>
        {!isCustomer && (
          <Burger
            className={classes.onlyNarrow}
            size="sm"
            opened={isOpen}
            aria-label={words.menu}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          />
        )}
        <Link to="/" className={classes.brand}>
          <Brand />
          Usance
        </Link>
        <span className={classes.tenant}>{customer?.name ?? manufacturer?.name}</span>
        <span className={classes.spacer} />
        {isCustomer && <Navigation me={me} className={classes.tabs} onFollow={() => undefined} />}
        <AccountMenu me={me} />
      </header>
      <div className={classes.body}>
        {!isCustomer && (
          <div className={classes.side} data-open={isOpen}>
            <Navigation me={me} className={classes.links} onFollow={() => setOpen(false)} />
          </div>
        )}
        <main id="content" className={classes.main} tabIndex={-1}>
          <div className={isCustomer ? classes.narrow : classes.inner}>
            {gate === undefined || mayOpen(me, gate) ? <Outlet /> : <NoRight role={me.active.role} />}
          </div>
        </main>
      </div>
    </>
  )
}

function Navigation(props: {
  readonly me: Me
  readonly className: string | undefined
  readonly onFollow: () => void
}) {
  const words = useWords(commonWords)
  return (
    <nav aria-label={words.mainNavigation}>
      <ul className={props.className} style={{ listStyle: 'none', margin: 0 }}>
        {pagesFor(props.me).map(({ path, name }) => {
          const Icon = pageIcons[path]
          return (
            <li key={path}>
              <Link to={path} className={classes.link} onClick={props.onFollow}>
                <Icon size={20} stroke={1.7} aria-hidden />
                {words[name]}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
