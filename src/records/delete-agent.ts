import { deleteAgentRow } from './agent.ts';
import { coordinationsNaming } from './coordination.ts';
import type { Coordination } from './coordination.ts';
import { inTransaction } from './transaction.ts';

export type AgentDeletion =
  | { kind: 'deleted' }
  | { kind: 'missing' }
  | { kind: 'named'; by: Array<Pick<Coordination, 'coordination_uuid' | 'coordination_name'>> };

/** Deletes an agent unless a published coordination names it; a publication at the same moment either sees it gone or keeps it. */
export async function deleteAgentUnlessNamed(partition_key: string, agent_uuid: string): Promise<AgentDeletion> {
  return inTransaction(async (session) => {
    const by = await coordinationsNaming(partition_key, agent_uuid, session);
    if (by.length > 0) return { kind: 'named', by };
    return (await deleteAgentRow(partition_key, agent_uuid, session)) ? { kind: 'deleted' } : { kind: 'missing' };
  });
}
