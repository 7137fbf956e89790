import type { Audited } from './audit/audit-log.ts'
import type { ContactAccess } from './contacts/contact-access.ts'
import { createContactRoutes } from './contacts/contact-routes.ts'
import { createContactService } from './contacts/contact-service.ts'
import { createConversationRoutes } from './conversations/conversation-routes.ts'
import { createConversationService } from './conversations/conversation-service.ts'
import type { RecentConversations } from './conversations/recent-conversations.ts'
import { createTimelineRoutes } from './conversations/timeline-routes.ts'
import { createTimelineService } from './conversations/timeline-service.ts'
import { withinBudget } from './highlevel/call-budget.ts'
import { createLocationRoutes } from './locations/location-routes.ts'
import { createLocationService } from './locations/location-service.ts'
import { createMessageRepository } from './messages/message-repository.ts'
import { createMessageRoutes } from './messages/message-routes.ts'
import { createMessageService } from './messages/message-service.ts'
import { createNoteRoutes } from './notes/note-routes.ts'
import { createNoteService } from './notes/note-service.ts'
import { createTagRoutes } from './tags/tag-routes.ts'
import { createTagService } from './tags/tag-service.ts'
import { createTaskRoutes } from './tasks/task-routes.ts'
import { createTaskService } from './tasks/task-service.ts'
import { createWrapUpRepository } from './wrap-up/wrap-up-repository.ts'
import { createWrapUpRoutes } from './wrap-up/wrap-up-routes.ts'
import { createWrapUpService } from './wrap-up/wrap-up-service.ts'
import type { Platform } from './connection-composition.ts'
import type { OptOutService } from './providers/opt-out-service.ts'
import type { TextCarriage } from './providers/text-carriage.ts'
import type { Surroundings } from './surroundings.ts'

/** Everything about a contact: what the page shows and does. */
export function composeContactDomain(
  { database: { db }, logger, now }: Surroundings,
  parts: {
    platform: Platform
    access: ContactAccess
    audited: Audited
    recent: RecentConversations
    carriageOf: TextCarriage['of']
    optOuts: Pick<OptOutService, 'hasAny' | 'assertNotOptedOut'>
    /** Looks a little later what became of texts whose outcome is unknown. */
    settleSoon: () => Promise<void>
  },
) {
  const { platform, access, audited, recent, carriageOf, optOuts, settleSoon } = parts
  const pause = (ms: number) => withinBudget(new Promise<void>((resolve) => setTimeout(resolve, ms)))
  const contactService = createContactService({ contacts: platform.contacts, access })
  const tagService = createTagService({ contacts: platform.contacts, access, audited })
  const taskService = createTaskService({ contacts: platform.contacts, access, audited })
  const noteService = createNoteService({ contacts: platform.contacts, access, audited, now })
  const messageService = createMessageService({
    conversations: platform.conversations,
    messageRepository: createMessageRepository({ db, now }),
    access,
    audited,
    carriageOf,
    hasOptOuts: optOuts.hasAny,
    assertNotOptedOut: optOuts.assertNotOptedOut,
    settleSoon,
    now,
    pause,
    logger,
  })
  const wrapUpService = createWrapUpService({
    access,
    audited,
    messageService,
    tagService,
    taskService,
    noteService,
    wrapUpRepository: createWrapUpRepository({ db, now }),
    now,
    pause,
    logger,
  })
  const conversationService = createConversationService({
    conversations: platform.conversations,
    recent,
    listContacts: contactService.list,
  })
  return {
    locationRoutes: createLocationRoutes({ locationService: createLocationService(platform) }),
    conversationRoutes: createConversationRoutes({ conversationService }),
    contactRoutes: [
      createContactRoutes({ contactService }),
      createTimelineRoutes({
        timelineService: createTimelineService({ ...platform, access }),
      }),
      createMessageRoutes({ messageService }),
      createTagRoutes({ tagService }),
      createTaskRoutes({ taskService }),
      createNoteRoutes({ noteService }),
      createWrapUpRoutes({ wrapUpService }),
    ],
  }
}
