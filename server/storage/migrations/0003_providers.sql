CREATE TABLE "automation_rules" (
	"id" text PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"trigger" jsonb NOT NULL,
	"condition" jsonb,
	"task" jsonb NOT NULL,
	"is_on" boolean NOT NULL,
	"daily_limit" integer NOT NULL,
	"active_since" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "automation_runs" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"rule_id" text NOT NULL,
	"contact_id" text NOT NULL,
	"trigger" text NOT NULL,
	"occasion" text NOT NULL,
	"event_at" timestamp with time zone NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"task_hash" text,
	"task_id" text,
	"busy_until" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "contact_learnings" (
	"location_id" text PRIMARY KEY NOT NULL,
	"installation_id" text NOT NULL,
	"fields" text[] DEFAULT '{}' NOT NULL,
	"tried_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "contact_snapshots" (
	"location_id" text NOT NULL,
	"contact_id" text NOT NULL,
	"field_hashes" jsonb NOT NULL,
	"tags" text[],
	"seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "contact_snapshots_location_id_contact_id_pk" PRIMARY KEY("location_id","contact_id")
);
--> statement-breakpoint
CREATE TABLE "own_changes" (
	"location_id" text NOT NULL,
	"contact_id" text NOT NULL,
	"what" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "own_changes_location_id_contact_id_what_pk" PRIMARY KEY("location_id","contact_id","what")
);
--> statement-breakpoint
CREATE TABLE "opt_outs" (
	"location_id" text NOT NULL,
	"phone" text NOT NULL,
	"source" text NOT NULL,
	"is_opted_out" boolean NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "opt_outs_location_id_phone_pk" PRIMARY KEY("location_id","phone")
);
--> statement-breakpoint
CREATE TABLE "provider_choices" (
	"location_id" text PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "provider_connections" (
	"id" text PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"carrier" text NOT NULL,
	"status" text NOT NULL,
	"credentials" text NOT NULL,
	"credential_hint" text NOT NULL,
	"account_name" text NOT NULL,
	"webhook_secret" text,
	"webhook_ids" text[] DEFAULT '{}' NOT NULL,
	"webhook_called_at" timestamp with time zone,
	"settings" jsonb NOT NULL,
	"credits" double precision,
	"last_error_at" timestamp with time zone,
	"last_error_message" text,
	"last_error_advice" text,
	"opt_out_cursor" text,
	"connected_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "provider_inbound" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"carrier" text NOT NULL,
	"provider_message_id" text NOT NULL,
	"event" jsonb,
	"contact_id" text,
	"message_id" text,
	"started_at" timestamp with time zone,
	"busy_until" timestamp with time zone,
	"tried_at" timestamp with time zone,
	"done_at" timestamp with time zone,
	"received_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "provider_messages" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"carrier" text,
	"message_id" text NOT NULL,
	"contact_id" text NOT NULL,
	"webhook_event_id" bigint NOT NULL,
	"state" text NOT NULL,
	"dedupe_text" text NOT NULL,
	"dedupe_number" integer NOT NULL,
	"provider_message_id" text,
	"raw" text,
	"reason" text,
	"tries" integer DEFAULT 0 NOT NULL,
	"is_repeatable" boolean DEFAULT false NOT NULL,
	"told_state" text,
	"started_at" timestamp with time zone,
	"asked_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sync_allowances" (
	"connection_id" text PRIMARY KEY NOT NULL,
	"spoken_for_until_ms" double precision NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sync_duplicates" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"key" text NOT NULL,
	"crm_contact_ids" text[] NOT NULL,
	"provider_contact_ids" text[] NOT NULL,
	"reason" text NOT NULL,
	"state" text NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sync_links" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"crm_contact_id" text NOT NULL,
	"provider_contact_id" text NOT NULL,
	"is_gone" boolean DEFAULT false NOT NULL,
	"crm_values" jsonb,
	"provider_values" jsonb,
	"crm_tags" text[] DEFAULT '{}' NOT NULL,
	"provider_tags" text[] DEFAULT '{}' NOT NULL,
	"crm_hash" text,
	"provider_hash" text,
	"crm_updated_at" timestamp with time zone,
	"provider_updated_at" timestamp with time zone,
	"synced_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sync_log" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"run_id" text,
	"origin" text NOT NULL,
	"action" text NOT NULL,
	"target" text,
	"state" text NOT NULL,
	"reason" text NOT NULL,
	"crm_contact_id" text,
	"provider_contact_id" text,
	"fields" jsonb NOT NULL,
	"is_conflict" boolean NOT NULL,
	"code" text,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sync_notes" (
	"location_id" text NOT NULL,
	"note_id" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"done_at" timestamp with time zone,
	CONSTRAINT "sync_notes_location_id_note_id_pk" PRIMARY KEY("location_id","note_id")
);
--> statement-breakpoint
CREATE TABLE "sync_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"kind" text NOT NULL,
	"origin" text NOT NULL,
	"state" text NOT NULL,
	"stage" text NOT NULL,
	"cursor" text,
	"counts" jsonb NOT NULL,
	"problem" text,
	"started_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "sync_settings" (
	"location_id" text PRIMARY KEY NOT NULL,
	"settings" jsonb NOT NULL,
	"is_enabled" boolean NOT NULL,
	"first_run_at" timestamp with time zone,
	"polled_at" timestamp with time zone,
	"polled_until" timestamp with time zone,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sync_snapshots" (
	"run_id" text NOT NULL,
	"side" text NOT NULL,
	"contact_id" text NOT NULL,
	"contact" jsonb NOT NULL,
	CONSTRAINT "sync_snapshots_run_id_side_contact_id_pk" PRIMARY KEY("run_id","side","contact_id")
);
--> statement-breakpoint
CREATE INDEX "automation_rules_location_index" ON "automation_rules" USING btree ("location_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "automation_runs_unique" ON "automation_runs" USING btree ("rule_id","occasion");--> statement-breakpoint
CREATE INDEX "automation_runs_location_index" ON "automation_runs" USING btree ("location_id","id");--> statement-breakpoint
CREATE INDEX "automation_runs_rule_index" ON "automation_runs" USING btree ("rule_id","updated_at");--> statement-breakpoint
CREATE INDEX "automation_runs_contact_index" ON "automation_runs" USING btree ("location_id","contact_id");--> statement-breakpoint
CREATE INDEX "automation_runs_created_index" ON "automation_runs" USING brin ("created_at");--> statement-breakpoint
CREATE INDEX "own_changes_at_index" ON "own_changes" USING brin ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "provider_connections_unique" ON "provider_connections" USING btree ("location_id","carrier");--> statement-breakpoint
CREATE UNIQUE INDEX "provider_inbound_unique" ON "provider_inbound" USING btree ("location_id","carrier","provider_message_id");--> statement-breakpoint
CREATE INDEX "provider_inbound_received_index" ON "provider_inbound" USING brin ("received_at");--> statement-breakpoint
CREATE INDEX "provider_inbound_open_index" ON "provider_inbound" USING btree ("received_at") WHERE "provider_inbound"."done_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "provider_messages_unique" ON "provider_messages" USING btree ("location_id","message_id");--> statement-breakpoint
CREATE INDEX "provider_messages_provider_index" ON "provider_messages" USING btree ("location_id","carrier","provider_message_id");--> statement-breakpoint
CREATE INDEX "provider_messages_open_index" ON "provider_messages" USING btree ("updated_at") WHERE "provider_messages"."told_state" is null;--> statement-breakpoint
CREATE INDEX "provider_messages_created_index" ON "provider_messages" USING brin ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "sync_duplicates_unique" ON "sync_duplicates" USING btree ("location_id","key");--> statement-breakpoint
CREATE UNIQUE INDEX "sync_links_crm_unique" ON "sync_links" USING btree ("location_id","crm_contact_id");--> statement-breakpoint
CREATE UNIQUE INDEX "sync_links_provider_unique" ON "sync_links" USING btree ("location_id","provider_contact_id");--> statement-breakpoint
CREATE INDEX "sync_log_location_index" ON "sync_log" USING btree ("location_id","id");--> statement-breakpoint
CREATE INDEX "sync_log_run_index" ON "sync_log" USING btree ("run_id","state","id");--> statement-breakpoint
CREATE INDEX "sync_log_at_index" ON "sync_log" USING brin ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "sync_runs_open_unique" ON "sync_runs" USING btree ("location_id") WHERE "sync_runs"."state" in ('running', 'paused');--> statement-breakpoint
CREATE INDEX "sync_runs_location_index" ON "sync_runs" USING btree ("location_id","started_at");