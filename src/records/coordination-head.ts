import { CoordinationModel } from './coordination.ts';
import type { CoordinationState } from './coordination.ts';
import { fromJsonText } from './json-text.ts';

/** What starting a session asks of a coordination: without its definition, which can be megabytes. */
export interface CoordinationHead {
  coordination_uuid: string;
  coordination_name: string;
  state: CoordinationState;
  active: boolean;
  published_version: number | null;
  plan_hash: string | null;
  config: Record<string, unknown>;
}

const FIELDS = { coordination_uuid: 1, coordination_name: 1, state: 1, active: 1, published_version: 1, plan_hash: 1, config: 1 } as const;

export async function findCoordinationHead(partition_key: string, by: { coordination_uuid: string } | { coordination_name: string }): Promise<CoordinationHead | undefined> {
  const row = await CoordinationModel.findOne({ partition_key, ...by }).select(FIELDS).lean<Omit<CoordinationHead, 'config'> & { config: string }>();
  return row ? { ...row, config: fromJsonText(row.config) ?? {} } : undefined;
}

const NAMES_READ = 100;

/** The names of some coordinations, of which a caller may have meant one. */
export async function newestCoordinationNames(partition_key: string): Promise<string[]> {
  const rows = await CoordinationModel.find({ partition_key }).sort({ created_at: -1 }).limit(NAMES_READ).select({ coordination_name: 1 }).lean<Array<Pick<CoordinationHead, 'coordination_name'>>>();
  return rows.map((row) => row.coordination_name);
}

/** False where a coordination is gone, or is being deleted at this moment. */
export async function coordinationStands(partition_key: string, coordination_uuid: string): Promise<boolean> {
  const standing = await CoordinationModel.exists({ partition_key, _id: coordination_uuid, $or: [{ deleting_until: null }, { deleting_until: { $lte: new Date() } }] });
  return standing !== null;
}
