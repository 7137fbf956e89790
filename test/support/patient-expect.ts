import { expect as eager } from '@playwright/test'

/** Waits for what a busy machine is slow to show; what is there already is seen at once all the same. */
export const expect = eager.configure({ timeout: 20_000 })
