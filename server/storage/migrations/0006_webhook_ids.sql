ALTER SEQUENCE "webhook_events_id_seq" INCREMENT BY 1000;
