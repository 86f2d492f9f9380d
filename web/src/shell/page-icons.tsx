/** The picture of each page in the navigation. */
import {
  IconBolt,
  IconBuildingFactory2,
  IconCalendarStats,
  IconChecklist,
  IconClockPlay,
  IconHistory,
  IconKey,
  IconMail,
  IconReceipt2,
  IconReceiptEuro,
  IconSettings,
  IconUserCog,
  IconUsers,
} from '@tabler/icons-react'

import type { PagePath } from './navigation.ts'

export const pageIcons: Readonly<Record<PagePath, typeof IconBolt>> = {
  '/now': IconBolt,
  '/usage': IconCalendarStats,
  '/bills': IconReceipt2,
  '/set-up': IconChecklist,
  '/fleet': IconBuildingFactory2,
  '/customers': IconUsers,
  '/billing-run': IconReceiptEuro,
  '/people': IconUserCog,
  '/api-keys': IconKey,
  '/audit': IconHistory,
  '/mails': IconMail,
  '/jobs': IconClockPlay,
  '/settings': IconSettings,
}
