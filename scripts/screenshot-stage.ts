import type { Page } from '@playwright/test'
import type { DemoStage } from '../test/sandbox/demo-stage.ts'
import { contactView, type ContactView } from '../test/support/contact-view.ts'
import { createCrmShell, type CrmShell } from '../test/support/crm-shell.ts'

type Shown = DemoStage & { page: Page; crm: CrmShell; view: ContactView }

/** Brings a page to a state worth a picture. Scenes run in this order on one stage, each in a fresh context. */
export type Scene = { name: string; show: (shown: Shown) => Promise<void> }

export async function showScene(scene: Scene, page: Page, stage: DemoStage): Promise<void> {
  const crm = createCrmShell(page, stage)
  await scene.show({ ...stage, page, crm, view: contactView(crm.app) })
}
