CREATE TABLE "installations" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"company_id" text,
	"location_id" text,
	"status" text NOT NULL,
	"access_token" text,
	"refresh_token" text,
	"access_expires_at" timestamp with time zone,
	"refreshed_at" timestamp with time zone,
	"scopes" text[] DEFAULT '{}' NOT NULL,
	"via_company" boolean DEFAULT false NOT NULL,
	"location_name" text,
	"timezone" text,
	"whitelabel_domain" text,
	"installed_by" text,
	"installed_at" timestamp with time zone NOT NULL,
	"uninstalled_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "installations_owner_check" CHECK (("installations"."kind" = 'location' and "installations"."location_id" is not null) or ("installations"."kind" = 'company' and "installations"."company_id" is not null and "installations"."location_id" is null))
);
--> statement-breakpoint
CREATE TABLE "message_sends" (
	"location_id" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"contact_id" text NOT NULL,
	"user_id" text NOT NULL,
	"request_hash" text NOT NULL,
	"status" text NOT NULL,
	"message_id" text,
	"conversation_id" text,
	"result" jsonb,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "message_sends_location_id_idempotency_key_pk" PRIMARY KEY("location_id","idempotency_key")
);
--> statement-breakpoint
CREATE TABLE "oauth_states" (
	"id" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pending_installs" (
	"location_id" text PRIMARY KEY NOT NULL,
	"company_id" text,
	"installed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"dedupe_key" text NOT NULL,
	"type" text NOT NULL,
	"location_id" text,
	"company_id" text,
	"event_at" timestamp with time zone,
	"received_at" timestamp with time zone NOT NULL,
	"payload" jsonb NOT NULL,
	"processed_at" timestamp with time zone,
	CONSTRAINT "webhook_events_dedupe_key_unique" UNIQUE("dedupe_key")
);
--> statement-breakpoint
CREATE TABLE "wrap_ups" (
	"location_id" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"contact_id" text NOT NULL,
	"user_id" text NOT NULL,
	"parts" jsonb NOT NULL,
	"busy_until" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "wrap_ups_location_id_idempotency_key_pk" PRIMARY KEY("location_id","idempotency_key")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "installations_location_unique" ON "installations" USING btree ("location_id") WHERE "installations"."kind" = 'location';--> statement-breakpoint
CREATE UNIQUE INDEX "installations_company_unique" ON "installations" USING btree ("company_id") WHERE "installations"."kind" = 'company';--> statement-breakpoint
CREATE INDEX "installations_company_index" ON "installations" USING btree ("company_id");--> statement-breakpoint
CREATE INDEX "webhook_events_location_index" ON "webhook_events" USING btree ("location_id","id");