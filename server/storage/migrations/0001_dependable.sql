CREATE TABLE "audit_entries" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"user_id" text NOT NULL,
	"contact_id" text,
	"action" text NOT NULL,
	"outcome" text NOT NULL,
	"code" text,
	"reference" text,
	"request_id" text,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event_marks" (
	"location_id" text NOT NULL,
	"kind" text NOT NULL,
	"object_id" text NOT NULL,
	"contact_id" text,
	"status" text,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "event_marks_location_id_kind_object_id_pk" PRIMARY KEY("location_id","kind","object_id")
);
--> statement-breakpoint
CREATE TABLE "location_events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"type" text NOT NULL,
	"contact_id" text,
	"at" timestamp with time zone NOT NULL,
	"data" jsonb NOT NULL,
	"key" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "location_sweeps" (
	"location_id" text PRIMARY KEY NOT NULL,
	"watched_at" timestamp with time zone NOT NULL,
	"swept_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pace_books" (
	"owner_key" text PRIMARY KEY NOT NULL,
	"book" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "installations" ADD COLUMN "refreshing_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "message_sends" ADD COLUMN "body_hash" text;--> statement-breakpoint
ALTER TABLE "message_sends" ADD COLUMN "started_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "audit_entries_location_index" ON "audit_entries" USING btree ("location_id","id");--> statement-breakpoint
CREATE INDEX "audit_entries_contact_index" ON "audit_entries" USING btree ("location_id","contact_id","id");--> statement-breakpoint
CREATE INDEX "audit_entries_at_index" ON "audit_entries" USING brin ("at");--> statement-breakpoint
CREATE INDEX "event_marks_status_index" ON "event_marks" USING btree ("location_id","at") WHERE "event_marks"."status" in ('pending', 'queued', 'sent');--> statement-breakpoint
CREATE INDEX "event_marks_at_index" ON "event_marks" USING brin ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "location_events_key_unique" ON "location_events" USING btree ("location_id","key");--> statement-breakpoint
CREATE INDEX "location_events_location_index" ON "location_events" USING btree ("location_id","id");--> statement-breakpoint
CREATE INDEX "location_events_created_index" ON "location_events" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "installations_refreshing_index" ON "installations" USING btree ("refreshing_since") WHERE "installations"."refreshing_since" is not null;--> statement-breakpoint
CREATE INDEX "message_sends_contact_index" ON "message_sends" USING btree ("location_id","contact_id");--> statement-breakpoint
CREATE INDEX "message_sends_open_index" ON "message_sends" USING btree ("updated_at") WHERE "message_sends"."status" in ('sending', 'unknown');--> statement-breakpoint
CREATE INDEX "message_sends_updated_index" ON "message_sends" USING brin ("updated_at");