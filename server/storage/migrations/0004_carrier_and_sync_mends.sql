DROP INDEX "provider_messages_provider_index";--> statement-breakpoint
ALTER TABLE "opt_outs" ADD COLUMN "dnd_contact_ids" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "provider_connections" ADD COLUMN "replies_read_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "provider_connections" ADD COLUMN "test_key" text;--> statement-breakpoint
ALTER TABLE "provider_connections" ADD COLUMN "test_answer" jsonb;--> statement-breakpoint
ALTER TABLE "sync_log" ADD COLUMN "note_id" text;--> statement-breakpoint
ALTER TABLE "sync_settings" ADD COLUMN "account_name" text;--> statement-breakpoint
CREATE INDEX "provider_messages_reported_index" ON "provider_messages" USING btree ("provider_message_id");--> statement-breakpoint
CREATE INDEX "provider_messages_dedupe_index" ON "provider_messages" USING btree ("dedupe_text");