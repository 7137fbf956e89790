import { element, press } from './page-harness.ts'
import { sampleMessage, sampleTask } from './sample-data.ts'

export const failedPart = (code: string) => ({ ok: false, error: { code, message: code } })
export const sentPart = (body: string) => ({ ok: true, result: sampleMessage({ body, status: 'sent' }) })
export const taskPart = (title: string) => ({ ok: true, result: sampleTask({ title }) })

export const wrapUp = () => press(document.activeElement ?? document.body, 'Enter', { ctrlKey: true })
export const valueOf = (selector: string) => element<HTMLInputElement>(selector).value
