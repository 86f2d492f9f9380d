/** The picture of each page in the navigation. */
import {
  IconBolt,
  IconBuilding,
  IconBuildingFactory2,
  IconCalendarStats,
  IconChecklist,
  IconClockPlay,
  IconCreditCard,
  IconEngine,
  IconHistory,
  IconKey,
  IconMail,
  IconReceipt2,
  IconReceiptEuro,
  IconSettings,
  IconTags,
  IconUserCog,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react'

import type { PagePath } from './navigation.ts'

export const pageIcons: Readonly<Record<PagePath, typeof IconBolt>> = {
  '/now': IconBolt,
  '/usage': IconCalendarStats,
  '/bills': IconReceipt2,
  '/payment': IconCreditCard,
  '/manufacturers': IconBuilding,
  '/set-up': IconChecklist,
  '/fleet': IconBuildingFactory2,
  '/models': IconEngine,
  '/tariffs': IconTags,
  '/customers': IconUsers,
  '/billing-run': IconReceiptEuro,
  '/people': IconUserCog,
  '/api-keys': IconKey,
  '/webhooks': IconWebhook,
  '/audit': IconHistory,
  '/mails': IconMail,
  '/jobs': IconClockPlay,
  '/settings': IconSettings,
}
