/** How estimated parts are drawn, and what that means: by a pattern, not by colour alone. */
import { useWords } from '../words/language-context.tsx'
import { portalWords } from './portal-words.ts'
import classes from './portal.module.css'

export function HatchPattern({ id }: { readonly id: string }) {
  return (
    <pattern id={id} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="7" height="7" fill="var(--accent-soft)" />
      <rect width="3" height="7" fill="var(--accent)" />
    </pattern>
  )
}

export function UsageLegend() {
  const words = useWords(portalWords)
  return (
    <div className={classes.legend}>
      <span>
        <svg width="18" height="12" aria-hidden>
          <rect width="18" height="12" rx="2" fill="var(--accent)" />
        </svg>
        {words.measured}
      </span>
      <span>
        <svg width="18" height="12" aria-hidden>
          <defs>
            <HatchPattern id="legend-hatch" />
          </defs>
          <rect width="18" height="12" rx="2" fill="url(#legend-hatch)" stroke="var(--accent)" />
        </svg>
        {words.estimated}
      </span>
    </div>
  )
}
