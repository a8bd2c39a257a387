import mongoose, { Schema } from 'mongoose';
import { isDuplicateKey } from './is-duplicate-key.ts';

/** Work that one process at a time does for the whole deployment. Not a project's, so not scoped by one. */
interface LeaseRow {
  /** Name of the work. */
  _id: string;
  holder: string;
  expires_at: Date;
}

const schema = new Schema<LeaseRow>(
  { _id: { type: String, required: true }, holder: { type: String, required: true }, expires_at: { type: Date, required: true } },
  { collection: 'leases', versionKey: false },
);
const LeaseModel = mongoose.model<LeaseRow>('Lease', schema);

/** Takes or keeps a lease for `duration_ms`. False where another process holds it. */
export async function holdLease(name: string, holder: string, duration_ms: number): Promise<boolean> {
  const now = new Date();
  try {
    await LeaseModel.updateOne(
      { _id: name, $or: [{ holder }, { expires_at: { $lt: now } }] },
      { $set: { holder, expires_at: new Date(now.getTime() + duration_ms) } },
      { upsert: true },
    );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Whether anybody holds a lease. */
export async function isLeaseHeld(name: string): Promise<boolean> {
  return (await LeaseModel.exists({ _id: name, expires_at: { $gte: new Date() } })) !== null;
}

/** Gives a lease back, so that another process need not wait for its end. */
export async function releaseLease(name: string, holder: string): Promise<void> {
  await LeaseModel.deleteOne({ _id: name, holder });
}
