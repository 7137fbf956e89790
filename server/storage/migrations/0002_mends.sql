ALTER TABLE "location_sweeps" ADD COLUMN "tasks_swept_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "location_sweeps" ADD COLUMN "tried_at" timestamp with time zone;--> statement-breakpoint
UPDATE "location_sweeps" SET "tasks_swept_at" = "swept_at", "tried_at" = "swept_at";--> statement-breakpoint
ALTER TABLE "location_sweeps" ALTER COLUMN "tasks_swept_at" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "location_sweeps" ALTER COLUMN "tried_at" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "message_sends" ADD COLUMN "looked_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "wrap_ups_updated_index" ON "wrap_ups" USING brin ("updated_at");
