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
	"webhook_secret" text NOT NULL,
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
	"done_at" timestamp with time zone,
	"received_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "provider_messages" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"location_id" text NOT NULL,
	"carrier" text NOT NULL,
	"message_id" text NOT NULL,
	"contact_id" text NOT NULL,
	"webhook_event_id" text,
	"state" text NOT NULL,
	"dedupe_text" text NOT NULL,
	"dedupe_number" integer NOT NULL,
	"provider_message_id" text,
	"raw" text,
	"reason" text,
	"tries" integer DEFAULT 0 NOT NULL,
	"told_state" text,
	"started_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "provider_connections_unique" ON "provider_connections" USING btree ("location_id","carrier");--> statement-breakpoint
CREATE UNIQUE INDEX "provider_inbound_unique" ON "provider_inbound" USING btree ("location_id","carrier","provider_message_id");--> statement-breakpoint
CREATE INDEX "provider_inbound_received_index" ON "provider_inbound" USING brin ("received_at");--> statement-breakpoint
CREATE UNIQUE INDEX "provider_messages_unique" ON "provider_messages" USING btree ("location_id","message_id");--> statement-breakpoint
CREATE INDEX "provider_messages_provider_index" ON "provider_messages" USING btree ("location_id","carrier","provider_message_id");--> statement-breakpoint
CREATE INDEX "provider_messages_open_index" ON "provider_messages" USING btree ("updated_at") WHERE "provider_messages"."state" in ('waiting', 'sending', 'accepted', 'sent', 'unknown');