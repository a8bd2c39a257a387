import mongoose, { Schema } from 'mongoose';
import { EVENT_SEVERITIES, type EventSeverity, type EventType } from './event-types.ts';
import { scoped } from './scope.ts';

/** Something that happened. Numbered per session without a gap; written once. */
export interface EventRow {
  /** The event_uuid; it follows from what is reported, so that a repeated activity reports it once. */
  _id: string;
  partition_key: string;
  timestamp: Date;
  event_type: EventType;
  severity: EventSeverity;
  source_agent_id: string | null;
  source_component: string;
  /** JSON of the event's payload. */
  data_json: string;
  message: string;
  message_queue_topic: string | null;
  session_uuid: string;
  /** From 1, per session. */
  seq: number;
  /** What it reports. */
  event_key: string;
}

const schema = new Schema<EventRow>(
  {
    _id: { type: String, required: true },
    partition_key: { type: String, required: true },
    timestamp: { type: Date, required: true },
    event_type: { type: String, required: true },
    severity: { type: String, enum: EVENT_SEVERITIES, required: true },
    source_agent_id: { type: String, default: null },
    source_component: { type: String, required: true },
    data_json: { type: String, default: '{}' },
    message: { type: String, default: '' },
    message_queue_topic: { type: String, default: null },
    session_uuid: { type: String, required: true },
    seq: { type: Number, required: true },
    event_key: { type: String, required: true },
  },
  { collection: 'events', versionKey: false },
);
scoped(schema, 'Event');
schema.index({ partition_key: 1, session_uuid: 1, seq: 1 }, { unique: true });

export const EventModel = mongoose.model<EventRow>('Event', schema);
