/** Language and appearance; the language of somebody signed in is kept with the person, for mails too. */
import { SegmentedControl, Stack, Text, useMantineColorScheme } from '@mantine/core'

import { updateMe, type Language } from '../api/me.ts'
import { commonWords } from '../words/common-words.ts'
import { useLanguage, useWords } from '../words/language-context.tsx'

const languages = [
  { value: 'en', label: 'English' },
  { value: 'de', label: 'Deutsch' },
] as const

export function DisplaySettings({ isSignedIn }: { readonly isSignedIn: boolean }) {
  const words = useWords(commonWords)
  const { language, setLanguage } = useLanguage()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const chooseLanguage = (chosen: Language) => {
    setLanguage(chosen)
    // The page is in that language already; a failure only means that the next device asks again.
    if (isSignedIn) void updateMe({ language: chosen }).catch(() => undefined)
  }
  return (
    <Stack gap="sm">
      <div>
        <Text size="xs" c="dimmed" mb={4} id="choose-language">
          {words.language}
        </Text>
        <SegmentedControl
          fullWidth
          aria-labelledby="choose-language"
          data={[...languages]}
          value={language}
          onChange={(value) => chooseLanguage(value)}
        />
      </div>
      <div>
        <Text size="xs" c="dimmed" mb={4} id="choose-theme">
          {words.theme}
        </Text>
        <SegmentedControl
          fullWidth
          aria-labelledby="choose-theme"
          data={[
            { value: 'light', label: words.themeLight },
            { value: 'dark', label: words.themeDark },
            { value: 'auto', label: words.themeAuto },
          ]}
          value={colorScheme}
          onChange={(value) => setColorScheme(value)}
        />
      </div>
    </Stack>
  )
}
