import { and, asc, count, eq } from 'drizzle-orm'
import type { RuleInput } from '../../shared/automation-contract.ts'
import type { Db, Transaction } from '../storage/database.ts'
import { automationRules } from '../storage/automation-schema.ts'

export type StoredRule = typeof automationRules.$inferSelect
export type AutomationRuleRepository = ReturnType<typeof createAutomationRuleRepository>

export function createAutomationRuleRepository({ db, now }: { db: Db; now: () => number }) {
  const ruleIs = (locationId: string, id: string) =>
    and(eq(automationRules.locationId, locationId), eq(automationRules.id, id))

  return {
    /** The oldest first, those that are off as well. */
    list(locationId: string, within: Db | Transaction = db): Promise<StoredRule[]> {
      return within
        .select()
        .from(automationRules)
        .where(eq(automationRules.locationId, locationId))
        .orderBy(asc(automationRules.createdAt), asc(automationRules.id))
    },

    async find(locationId: string, id: string): Promise<StoredRule | undefined> {
      const [row] = await db.select().from(automationRules).where(ruleIs(locationId, id))
      return row
    },

    async count(locationId: string): Promise<number> {
      const [row] = await db
        .select({ rules: count() })
        .from(automationRules)
        .where(eq(automationRules.locationId, locationId))
      return row?.rules ?? 0
    },

    async insert(locationId: string, id: string, input: RuleInput): Promise<StoredRule | undefined> {
      const at = new Date(now())
      const [row] = await db
        .insert(automationRules)
        .values({ ...input, id, locationId, activeSince: at, createdAt: at, updatedAt: at })
        .returning()
      return row
    },

    /** @returns undefined where it is gone */
    async update(
      locationId: string,
      id: string,
      input: RuleInput & { activeSince: Date },
    ): Promise<StoredRule | undefined> {
      const [row] = await db
        .update(automationRules)
        .set({ ...input, updatedAt: new Date(now()) })
        .where(ruleIs(locationId, id))
        .returning()
      return row
    },

    /** @returns whether it was there */
    async remove(locationId: string, id: string): Promise<boolean> {
      const { rowCount } = await db.delete(automationRules).where(ruleIs(locationId, id))
      return (rowCount ?? 0) > 0
    },
  }
}
