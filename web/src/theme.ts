/**
 * Colours, type and shapes. One accent, a deep petrol; greys are warm. Texts keep a contrast of 4.5:1 in both themes, which is
 * why what Mantine calls dimmed is darker here than there. The typeface is Inter from the bundle.
 */
import { Alert, createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const petrol: MantineColorsTuple = [
  '#e8f6f6',
  '#d2eaea',
  '#a5d5d5',
  '#74bfbf',
  '#4eacad',
  '#2f9295',
  '#187c81',
  '#0b6269',
  '#075058',
  '#033f46',
]

const dark: MantineColorsTuple = [
  '#e6eaea',
  '#c3cbcb',
  '#a3adad',
  '#7d8888',
  '#3a4545',
  '#2d3737',
  '#232c2c',
  '#1b2323',
  '#141b1b',
  '#0e1414',
]

const family = "'Inter', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"

export const theme = createTheme({
  colors: { petrol, dark },
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  fontFamily: family,
  headings: { fontFamily: family, fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Alert: Alert.extend({
      styles: { body: { minWidth: 0, flex: 1 } },
      vars: (_theme, { color }) => ({
        root:
          color === 'yellow' ? { '--alert-bg': 'var(--warn-soft)', '--alert-color': 'var(--warn-ink)' } : {},
      }),
    }),
    Anchor: { defaultProps: { underline: 'always', inherit: true } },
    Table: { defaultProps: { verticalSpacing: 'sm' } },
    Badge: {
      defaultProps: { tt: 'none', variant: 'light', radius: 'sm', fw: 600 },
      styles: { root: { minWidth: 'max-content' } },
    },
  },
})

export const resolveVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f7f8f7',
    '--mantine-color-text': '#182222',
    '--mantine-color-dimmed': '#526060',
    '--mantine-color-placeholder': '#66706f',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#0b6269',
    '--surface': '#ffffff',
    '--hairline': '#dde3e2',
    '--accent': '#0b6269',
    '--accent-soft': '#e8f6f6',
    '--track': '#edf1f0',
    '--warn-ink': '#7a4b00',
    '--warn-soft': '#fff4dc',
  },
  dark: {
    '--mantine-color-body': '#0e1414',
    '--mantine-color-text': '#e6eaea',
    '--mantine-color-dimmed': '#a9b5b4',
    '--mantine-color-placeholder': '#94a09f',
    '--mantine-color-error': '#ff9d94',
    '--mantine-color-anchor': '#74bfbf',
    '--surface': '#161e1e',
    '--hairline': '#2d3737',
    '--accent': '#4eacad',
    '--accent-soft': '#12302f',
    '--track': '#232c2c',
    '--warn-ink': '#ffd591',
    '--warn-soft': '#33270f',
  },
})
