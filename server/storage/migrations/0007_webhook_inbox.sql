ALTER TABLE "webhook_events" ADD COLUMN "queued_at" timestamp with time zone;--> statement-breakpoint
-- So far each had a job from the beginning.
UPDATE "webhook_events" SET "queued_at" = "received_at" WHERE "processed_at" IS NULL;--> statement-breakpoint
CREATE INDEX "webhook_events_waiting_index" ON "webhook_events" USING btree ("received_at") WHERE "webhook_events"."processed_at" is null and "webhook_events"."queued_at" is null;
