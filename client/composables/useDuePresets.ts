import { computed } from 'vue'
import { dueInstant, duePresets } from '../../shared/due-presets.ts'
import { contactTexts } from '../contact-texts.ts'
import { useSessionStore } from '../stores/session-store.ts'
import { useFormats } from './useFormats.ts'

/** The choices of when a follow-up is due, the time of day as the user's language writes it. */
export function useDuePresets(now: () => number = Date.now) {
  const session = useSessionStore()
  const { time } = useFormats(now)
  return computed(() =>
    duePresets.map((preset) => ({
      preset,
      label: contactTexts.tasks.presets[preset](time(dueInstant(preset, now(), session.timezone))),
    })),
  )
}
