import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';

const KEYWORD = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;

/** The engine's own search attributes; all are of type Keyword. */
export const SEARCH_ATTRIBUTES = ['AceProject', 'AceCoordination', 'AceStatus'] as const;

async function isUsable(connection: Connection, namespace: string, name: string): Promise<boolean> {
  try {
    await connection.workflowService.countWorkflowExecutions({ namespace, query: `${name} = "-"` });
    return true;
  } catch (error) {
    if (/invalid query|not defined|is not a valid search attribute|invalid search attribute/i.test((error as Error).message)) return false;
    throw error;
  }
}

/**
 * Makes the search attributes known to the server and resolves when queries can use them.
 * Errors: rejects where one exists with another type, and where they are not usable within 60 s.
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const listed = async () => (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  const present = await listed();
  const missing = SEARCH_ATTRIBUTES.filter((name) => present[name] === undefined);
  if (missing.length > 0) {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  }
  const deadline = Date.now() + 60_000;
  for (const name of SEARCH_ATTRIBUTES) {
    for (;;) {
      const type = (await listed())[name];
      if (type !== undefined && type !== KEYWORD) {
        const is = proto.temporal.api.enums.v1.IndexedValueType[type] ?? type;
        throw new Error(`The search attribute ${name} of namespace ${namespace} is ${is}; the engine needs INDEXED_VALUE_TYPE_KEYWORD. Remove it with "temporal operator search-attribute remove --name ${name}", or use another namespace.`);
      }
      if (type === KEYWORD && (await isUsable(connection, namespace, name))) break;
      if (Date.now() > deadline) throw new Error(`The search attribute ${name} is not usable 60 s after it was added`);
      await delay(100);
    }
  }
}
